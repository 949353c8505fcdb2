import { nextEclipse as search } from '../01-eclipses/tasks.js';
import type { Eclipse, Place } from '../01-eclipses/model.js';

export interface Search {
  readonly place: Place;
  readonly from: Date;
}

export function nextEclipse({ place, from }: Search): Eclipse {
  return search(place, from);
}
