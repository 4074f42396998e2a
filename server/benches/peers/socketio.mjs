// socket.io on ws, websockets only, with rooms for cells. Prints its port.

import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { obey, work } from './work.mjs';

const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  pingInterval: 600_000,
  pingTimeout: 600_000,
});
io.on('connection', (client) => {
  if (work === 'storm') client.emit('m', 'welcome');
  client.on('look', (come, gone) => {
    for (const cell of come) client.join(cell);
    for (const cell of gone) client.leave(cell);
  });
});
http.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(http.address().port));

// A client that does not keep up misses messages, so that nothing piles up; readers that are slow on purpose are no such case.
const all = () => (work === 'some' || work === 'same' ? io : io.volatile);
obey((message, cell) => (cell ? all().to(cell) : all()).emit('m', message));
