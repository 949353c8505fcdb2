import type { RankedCity } from './cities.js';
import type { Connection } from './connect.js';
import type { City, Eclipse, Sighting } from './model.js';

/** Which cities, and from when on. */
export interface Question {
  readonly from: Date;
  readonly minPopulation: number;
  readonly limit: number;
}

export interface Progress {
  readonly cities: number;
  readonly written: number;
}

export interface EclipseCount {
  readonly day: string;
  readonly kind: Eclipse['kind'];
  readonly cities: number;
}

const schema = 'eclipse_example';

const chosen = `city.population >= $1 AND city.rank <= $2`;

// What an earlier run found from an earlier day on still answers the question, as long as it has not happened by now.
const answered = `eclipse.searched_from <= $3 AND eclipse.peak >= $3`;

const joined = `${schema}.cities AS city LEFT JOIN ${schema}.eclipses AS eclipse ON eclipse.city_id = city.id AND ${answered}`;

const cityColumns = `city.id, city.name, city.country, city.population, city.latitude, city.longitude`;

/** The cities and the eclipses found for them. Each method is one statement. */
export class Database {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async create(fresh: boolean): Promise<void> {
    if (fresh) await this.#connection.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await this.#connection.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await this.#connection.query(`
      CREATE TABLE IF NOT EXISTS ${schema}.cities (
        id integer PRIMARY KEY, name text NOT NULL, country text NOT NULL, population integer NOT NULL,
        latitude float8 NOT NULL, longitude float8 NOT NULL, rank integer NOT NULL)`);
    await this.#connection.query(`
      CREATE TABLE IF NOT EXISTS ${schema}.eclipses (
        city_id integer PRIMARY KEY REFERENCES ${schema}.cities, searched_from timestamptz NOT NULL,
        kind text NOT NULL, peak timestamptz NOT NULL, obscuration float8, altitude float8 NOT NULL)`);
  }

  async addCities(cities: readonly RankedCity[]): Promise<void> {
    await this.#connection.query(
      `INSERT INTO ${schema}.cities SELECT * FROM json_to_recordset($1) AS given(
         id integer, name text, country text, population integer, latitude float8, longitude float8, rank integer)
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(cities)],
    );
  }

  async progress(question: Question): Promise<Progress> {
    const [row] = await this.#connection.query(
      `SELECT count(*)::integer AS cities, count(eclipse.city_id)::integer AS written FROM ${joined} WHERE ${chosen}`,
      parameters(question),
    );
    return row as Progress;
  }

  /** A page of the cities that have no answer yet: the first `size` by key after `id`. */
  async unansweredAfter(id: number, size: number, question: Question): Promise<City[]> {
    const rows = await this.#connection.query(
      `SELECT ${cityColumns} FROM ${joined} WHERE ${chosen} AND eclipse.city_id IS NULL AND city.id > $4 ORDER BY city.id LIMIT $5`,
      [...parameters(question), id, size],
    );
    return rows as City[];
  }

  /** A page of all the cities, answered or not. */
  async citiesAfter(id: number, size: number, { minPopulation, limit }: Question): Promise<City[]> {
    const rows = await this.#connection.query(
      `SELECT ${cityColumns} FROM ${schema}.cities AS city WHERE ${chosen} AND city.id > $3 ORDER BY city.id LIMIT $4`,
      [minPopulation, limit, id, size],
    );
    return rows as City[];
  }

  /** Writes a batch. Writing it twice does no harm. */
  async save(sightings: readonly Sighting[], { from }: Question): Promise<void> {
    const rows = sightings.map(({ city, eclipse }) => ({ city_id: city.id, ...eclipse }));
    await this.#connection.query(
      `INSERT INTO ${schema}.eclipses (city_id, searched_from, kind, peak, obscuration, altitude)
       SELECT city_id, $2::timestamptz, kind, peak, obscuration, altitude FROM json_to_recordset($1) AS given(
         city_id integer, kind text, peak timestamptz, obscuration float8, altitude float8)
       ON CONFLICT (city_id) DO UPDATE SET searched_from = excluded.searched_from, kind = excluded.kind,
         peak = excluded.peak, obscuration = excluded.obscuration, altitude = excluded.altitude`,
      [JSON.stringify(rows), from],
    );
  }

  /** For how many cities each eclipse is the next one. */
  async counts(question: Question): Promise<EclipseCount[]> {
    const rows = await this.#connection.query(
      `SELECT to_char(eclipse.peak AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, kind, count(*)::integer AS cities
       FROM ${joined} WHERE ${chosen} AND eclipse.city_id IS NOT NULL GROUP BY day, kind ORDER BY day, kind DESC`,
      parameters(question),
    );
    return rows as EclipseCount[];
  }

  /** The cities whose next eclipse is a total one, in order of time. */
  async totals(question: Question): Promise<Sighting[]> {
    const rows = await this.#connection.query(
      `SELECT ${cityColumns}, kind, peak, obscuration, altitude FROM ${joined}
       WHERE ${chosen} AND eclipse.kind = 'total' ORDER BY eclipse.peak, city.id`,
      parameters(question),
    );
    return (rows as (City & Eclipse)[]).map(({ kind, peak, obscuration, altitude, ...city }) => ({
      city,
      eclipse: { kind, peak, obscuration, altitude },
    }));
  }
}

function parameters({ minPopulation, limit, from }: Question): unknown[] {
  return [minPopulation, limit, from];
}
