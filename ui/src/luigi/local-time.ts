/** Times as a timezone's clocks show them, "2026-11-01T13:05:00": Luigi's dates have no timezone. */

const FIXED = /^(?:UTC)?([+-])(\d\d):?(\d\d)$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?)?(Z|[+-]\d\d:?\d\d)?$/;
const MINUTE = 60_000;
export const DAY = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Give a moment, in milliseconds since the epoch, as the clocks of a timezone show it. */
export function localTime(moment: number, zone: string): string {
  const fixed = FIXED.exec(zone);
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    return written(moment + (fixed[1] === "-" ? -minutes : minutes) * MINUTE);
  }
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of formatOf(zone).formatToParts(moment)) parts[type] = value;
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const two = "2-digit";
    format = new Intl.DateTimeFormat("en-GB", {
      calendar: "gregory",
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
    formats.set(zone, format);
  }
  return format;
}

/** Write a local time that is given as if it were UTC. */
export function written(local: number): string {
  return new Date(local).toISOString().slice(0, 19);
}

/** Read a local time as if it were UTC: to count with, and for Airflow's bounds of partitions. */
export function asUtc(local: string): number {
  return Date.parse(`${local}Z`);
}

/** Read what is written as ISO 8601, with or without a timezone; null if it is no date. */
export function parseIso(text: string): { moment: number } | { local: string } | null {
  const match = ISO.exec(text.trim());
  if (!match) return null;
  const [, year, month, day, hour = "00", minute = "00", second = "00", offset] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const at = asUtc(local);
  // JavaScript takes 30 February for 2 March.
  if (Number.isNaN(at) || written(at) !== local) return null;
  if (offset === undefined) return { local };
  return { moment: Date.parse(text.trim().replace(" ", "T")) };
}
