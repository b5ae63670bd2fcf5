/** A setting that cannot be used. The message names the setting, its value unless that is a secret, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The line that mends it, where one line does. */
  readonly mend: string | undefined;

  constructor(message: string, mend?: string) {
    super(message);
    this.mend = mend;
  }
}
