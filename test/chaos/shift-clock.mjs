/** Loaded before the program where a replica's clock is to be wrong, by so many milliseconds. */
const shift = Number(process.env.CHAOS_CLOCK_SHIFT ?? 0);
const Right = globalThis.Date;

globalThis.Date = class Shifted extends Right {
  constructor(...values) {
    if (values.length === 0) super(Right.now() + shift);
    else super(...values);
  }

  static now() {
    return Right.now() + shift;
  }
};
