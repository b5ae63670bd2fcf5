/**
 * Values as Python prints them. The vendor's exporter turns nested values into strings with Python's `repr`,
 * so its attributes hold `{'tokens': 2172, 'price': 0.0003258}` where one would expect JSON.
 */
export type PythonValue =
  | string
  | boolean
  | null
  | PythonFloat
  | PythonInt
  | readonly PythonValue[]
  | PythonDict;
interface PythonDict {
  readonly [key: string]: PythonValue;
}

/** A number that Python holds as a float: printed with a fraction or an exponent. */
interface PythonFloat {
  readonly float: number;
}

interface PythonInt {
  readonly int: number;
}

export function pythonRepr(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (isList(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (isFloat(value)) return float(value.float);
  if (isInt(value)) return String(value.int);
  const entries = Object.entries(value).map(([key, inner]) => `${quote(key)}: ${pythonRepr(inner)}`);
  return `{${entries.join(', ')}}`;
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

function isFloat(value: object): value is PythonFloat {
  return 'float' in value && typeof value.float === 'number';
}

function isInt(value: object): value is PythonInt {
  return 'int' in value && typeof value.int === 'number';
}

/** Python prefers single quotes, and double ones where that saves it from escaping. */
function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(mark, `\\${mark}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r');
  return `${mark}${escaped}${mark}`;
}

/** Python writes an exponent below 1e-4 and from 1e16 on, with two digits at least; JavaScript later. */
function float(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${digits}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
