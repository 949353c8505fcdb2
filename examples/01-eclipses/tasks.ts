import {
  EclipseKind,
  NextLocalSolarEclipse,
  Observer,
  SearchLocalSolarEclipse,
  type EclipseEvent,
  type LocalSolarEclipseInfo,
} from 'astronomy-engine';
import type { Eclipse, Place } from './model.js';

const dayMs = 86_400_000;

/** The next solar eclipse of any kind that can be seen from `place` on a clear day. Takes 1 to 75 ms. */
export function nextEclipse(place: Place, from: Date): Eclipse {
  const observer = new Observer(place.latitude, place.longitude, 0);
  // The search goes from new moon to new moon, and the shadow may reach a place hours before or after that.
  let found = SearchLocalSolarEclipse(new Date(from.getTime() - dayMs), observer);
  while (found.peak.time.date < from) found = NextLocalSolarEclipse(found.peak.time, observer);
  return asSeen(found);
}

/** Without the phases that happen below the horizon. */
function asSeen({ kind, obscuration, peak, total_begin: begin, total_end: end }: LocalSolarEclipseInfo): Eclipse {
  const whole = isUp(begin) || isUp(end);
  const central = kind === EclipseKind.Total ? 'total' : 'annular';
  return {
    kind: whole ? central : 'partial',
    peak: peak.time.date,
    obscuration: isUp(peak) ? obscuration : null,
    altitude: peak.altitude,
  };
}

/** Begin and end of the central phase are there in a total or annular eclipse only. */
function isUp(event: EclipseEvent | undefined): boolean {
  return event !== undefined && event.altitude > 0;
}
