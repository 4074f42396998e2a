// ws. Prints its port.

import { WebSocketServer } from 'ws';
import { obey, work } from './work.mjs';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096, perMessageDeflate: false });
server.on('listening', () => console.log(server.address().port));
if (work === 'storm') server.on('connection', (client) => client.send('welcome'));

// A client that does not keep up misses messages, so that nothing piles up; readers that are slow on purpose are no such case.
const most = work === 'some' ? Infinity : 1 << 20;
obey((message) => {
  const bytes = Buffer.from(message);
  for (const client of server.clients) if (client.bufferedAmount < most) client.send(bytes, { binary: false });
});
