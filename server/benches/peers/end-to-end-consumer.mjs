// The middle of the stack a user would assemble: takes what feeds publish (MQTT), keeps and correlates it in PostGIS, tells what
// changed to Redis, room by room. One statement for many observations, prepared, on lines that stay open; all durable.
// Usage: end-to-end-consumer.mjs MQTT POSTGRES REDIS, three ports. Says "ready".

import { Redis } from 'ioredis';
import mqtt from 'mqtt';
import pg from 'pg';

const [mqttPort, postgresPort, redisPort] = process.argv.slice(2).map(Number);
// As many as wait, up to this, go into one statement.
const MOST_AT_ONCE = 2000;
const ALARM_ABOVE = 75;
const pool = new pg.Pool({ host: '127.0.0.1', port: postgresPort, user: 'postgres', max: 4 });
// When the bench is over the database goes first.
pool.on('error', () => process.exit());
const redis = new Redis({ host: '127.0.0.1', port: redisPort });

// The same cells as the gateway's and the viewers'.
const room = (lon, lat) => `${Math.floor(lon / 0.05)}:${Math.floor(lat / 0.05)}`;

const POSITIONS = {
  name: 'positions',
  text: `INSERT INTO units AS u (id, position, heading, speed, kind, status, observed, town)
    SELECT DISTINCT ON (m.id) m.id, m.at, m.heading, m.speed, m.kind, m.status, m.observed,
      (SELECT t.code FROM towns t WHERE ST_Contains(t.area, m.at) ORDER BY t.code LIMIT 1)
    FROM (SELECT a.id, ST_SetSRID(ST_MakePoint(a.lon, a.lat), 4326) AS at, a.heading, a.speed, a.kind, a.status, a.observed
      FROM unnest($1::text[], $2::float8[], $3::float8[], $4::int[], $5::float8[], $6::text[], $7::text[], $8::timestamptz[])
      AS a(id, lon, lat, heading, speed, kind, status, observed)) m
    ORDER BY m.id, m.observed DESC
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, heading = excluded.heading, speed = excluded.speed,
      kind = excluded.kind, status = excluded.status, observed = excluded.observed, town = excluded.town
    WHERE u.observed <= excluded.observed
    RETURNING u.id, u.town`,
};
const READINGS = {
  name: 'readings',
  text: `INSERT INTO readings (source, id, thing, property, value, unit, observed)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::timestamptz[])
    ON CONFLICT (source, id) DO NOTHING RETURNING thing, value`,
};
const REPORT = {
  name: 'report',
  text: `WITH at AS (SELECT ST_SetSRID(ST_MakePoint($1::float8, $2::float8), 4326) AS p),
    known AS (SELECT i.id FROM incidents i, at WHERE i.open AND i.category = $3 AND i.opened > now() - interval '2 hours'
      AND ST_DWithin(i.place, at.p::geography, 300) ORDER BY i.place <-> at.p::geography LIMIT 1),
    joined AS (UPDATE incidents SET evidence = evidence + 1 WHERE id = (SELECT id FROM known) RETURNING id, evidence, town, department),
    opened AS (INSERT INTO incidents (category, place, opened, evidence, open, town, department, text)
      SELECT $3, at.p::geography, now(), 1, true, t.code, r.department, $4 FROM at
      LEFT JOIN LATERAL (SELECT code FROM towns WHERE ST_Contains(area, at.p) ORDER BY code LIMIT 1) t ON true
      LEFT JOIN responsibilities r ON r.category = $3 AND r.town = t.code
      WHERE NOT EXISTS (SELECT FROM known) RETURNING id, evidence, town, department)
    SELECT * FROM joined UNION ALL SELECT * FROM opened`,
};
// Words to kinds, as a first version has them.
const KINDS = [
  [/水浸|积水|内涝|淹/, 'E0402'], [/燃气|煤气/, 'E0403'], [/火|烟/, 'E0401'], [/树/, 'E0202'], [/路灯/, 'E0105'],
  [/井盖/, 'E0101'], [/垃圾/, 'E0301'], [/停|占道/, 'E0305'], [/噪|吵/, 'E0306'], [/污水|排/, 'E0404'],
];
const kindOf = (text) => KINDS.find(([words]) => words.test(text))?.[1] ?? 'E0000';

const waiting = { position: [], reading: [], report: [] };
const busy = {};

const tell = async (changes) => {
  const rooms = new Map();
  for (const [name, change] of changes) {
    const known = rooms.get(name);
    if (known) known.push(change);
    else rooms.set(name, [change]);
  }
  const line = redis.pipeline();
  for (const [name, list] of rooms) line.publish(name, JSON.stringify(list));
  await line.exec();
};

const work = {
  position: async (items) => {
    const column = (pick) => items.map(pick);
    const { rows } = await pool.query({
      ...POSITIONS,
      values: [
        column((one) => one.thing), column((one) => one.position[0]), column((one) => one.position[1]),
        column((one) => one.attributes.heading_deg), column((one) => one.attributes.speed_mps),
        column((one) => one.attributes.kind), column((one) => one.attributes.status), column((one) => one.time),
      ],
    });
    const towns = new Map(rows.map((row) => [row.id, row.town]));
    const newest = new Map(items.map((one) => [one.thing, one]));
    const changes = [];
    for (const one of newest.values()) {
      if (!towns.has(one.thing)) continue;
      const { thing: id, position, time } = one;
      changes.push([room(...position), { id, position, time, town: towns.get(id), ...one.attributes }]);
    }
    await tell(changes);
  },
  reading: async (items) => {
    const column = (pick) => items.map(pick);
    await pool.query({
      ...READINGS,
      values: [
        column((one) => one.source), column((one) => one.id), column((one) => one.thing), column((one) => one.property),
        column((one) => one.value), column((one) => one.unit), column((one) => one.time),
      ],
    });
    await tell(items.map(({ thing, position, property, value, time }) =>
      [room(...position), { sensor: thing, position, property, value, time, in_alarm: value > ALARM_ABOVE }]));
  },
  report: async (items) => {
    const changes = [];
    for (const one of items) {
      const [lon, lat] = one.position;
      const { rows } = await pool.query({ ...REPORT, values: [lon, lat, kindOf(one.text), one.text] });
      changes.push([room(lon, lat), { incident: rows[0].id, position: one.position, ...rows[0] }]);
    }
    await tell(changes);
  },
};

// While one statement is on its way the next gathers.
const take = async (kind) => {
  if (busy[kind] || waiting[kind].length === 0) return;
  busy[kind] = true;
  try {
    while (waiting[kind].length > 0) await work[kind](waiting[kind].splice(0, MOST_AT_ONCE));
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
  busy[kind] = false;
};

const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, { clientId: 'consumer', clean: true });
client.on('connect', () => client.subscribe('city/+', { qos: 1 }, () => console.log('ready')));
client.on('message', (_topic, payload) => {
  const one = JSON.parse(payload);
  waiting[one.kind].push(one);
  setImmediate(take, one.kind);
});
process.stdin.on('end', () => process.exit()).resume();
