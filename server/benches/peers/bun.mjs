// bun (uWebSockets inside), by its own publishing. Prints its port.

import { obey, work } from './work.mjs';

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('no', { status: 400 })),
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    // A client that does not keep up misses messages, so that nothing piles up.
    backpressureLimit: 1 << 20,
    open: (client) => {
      client.subscribe('all');
      if (work === 'storm') client.send('welcome');
    },
    message: () => undefined,
  },
});
console.log(server.port);
obey((message) => server.publish('all', message));
