# Tags name a release, not a digest: a registry may move them, so pin digests of your own where that matters.
ARG NODE=node:24.21.0-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json commit.mjs ./
COPY src src
COPY sandbox sandbox
# After what does not change with every commit.
ARG REVISION=unknown
# Pruning leaves TypeScript, an optional peer of valibot that nothing needs at run time.
RUN npm run build && npm prune --omit=dev && rm -rf node_modules/typescript node_modules/@typescript

FROM ${NODE}
ARG VERSION=unreleased
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title=callspan \
      org.opencontainers.image.description="AI voice and video conversations as OpenTelemetry traces" \
      org.opencontainers.image.licenses=MIT \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.source=${SOURCE} \
      org.opencontainers.image.base.name=docker.io/library/node:24-slim
ENV NODE_ENV=production \
    CALLSPAN_STATE=/data/callspan.db
WORKDIR /app
COPY LICENSE ./
COPY schema schema
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The ledger: without a volume that outlives the container, every start begins from nothing.
RUN mkdir /data && chown node:node /data
VOLUME /data
# In figures: whoever forbids root by policy cannot tell from a name.
USER 1000:1000
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/src/cli/main.js"]
CMD ["run"]
