/** A place on Earth; angles in degrees, north and east positive. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface City extends Place {
  readonly id: number;
  readonly name: string;
  /** ISO 3166-1 code of two letters. */
  readonly country: string;
  readonly population: number;
}

/** A solar eclipse as it is seen from one place. */
export interface Eclipse {
  /** Total or annular only where the Sun is up to show it. */
  readonly kind: 'total' | 'annular' | 'partial';
  /** When most of the Sun is covered. */
  readonly peak: Date;
  /** Covered part of the Sun's disc at the peak, 0 to 1; `null` when the Sun is below the horizon by then. */
  readonly obscuration: number | null;
  /** Height of the Sun at the peak, in degrees. */
  readonly altitude: number;
}

export interface Sighting {
  readonly city: City;
  readonly eclipse: Eclipse;
}
