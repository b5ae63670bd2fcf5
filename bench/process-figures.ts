import { readFileSync } from 'node:fs';

/** What the kernel says of a process that is running. Linux only. */

/** The unit of `/proc/PID/stat`, fixed for programs whatever the kernel counts in. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process so far, all of its threads, in milliseconds; exact to ten of them. */
export function cpuMillisOf(pid: number): number {
  const [user, system] = ticks(pid).slice(11, 13);
  return millis(user, system);
}

/** The same of every child that this process has had and waited for. */
export function cpuMillisOfChildren(): number {
  const [user, system] = ticks(process.pid).slice(13, 15);
  return millis(user, system);
}

/** The most memory that a process has had at a time. */
export function peakRssMiBOf(pid: number): number {
  return mebibytes(pid, /^VmHWM:\s+(\d+) kB$/m);
}

/** What it has now. */
export function rssMiBOf(pid: number): number {
  return mebibytes(pid, /^VmRSS:\s+(\d+) kB$/m);
}

function mebibytes(pid: number, field: RegExp): number {
  return Number(field.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** The fields behind the program's name, which may have spaces in it. */
function ticks(pid: number): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

function millis(user = 0, system = 0): number {
  return ((user + system) / TICKS_PER_SECOND) * 1_000;
}
