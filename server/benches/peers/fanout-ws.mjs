// ws: sends so many bytes to everybody every 50 ms while it is told to. Prints its port; ends with its input.

import { createInterface } from 'node:readline';
import { WebSocketServer } from 'ws';

const bytes = Buffer.alloc(Number(process.argv[2]), 7);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('listening', () => console.log(server.address().port));

let timer;
createInterface({ input: process.stdin }).on('line', (order) => {
  clearInterval(timer);
  if (order !== 'go') return;
  timer = setInterval(() => {
    for (const client of server.clients) client.send(bytes);
  }, 50);
}).on('close', () => process.exit());
