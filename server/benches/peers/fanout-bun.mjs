// bun (uWebSockets inside): sends so many bytes to everybody every 50 ms while it is told to, by its own publishing.
// Prints its port; ends with its input.

const bytes = new Uint8Array(Number(process.argv[2])).fill(7);
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('no', { status: 400 })),
  websocket: {
    perMessageDeflate: false,
    open: (client) => client.subscribe('all'),
    message: () => undefined,
  },
});
console.log(server.port);

let timer;
for await (const order of console) {
  clearInterval(timer);
  if (order === 'go') timer = setInterval(() => server.publish('all', bytes), 50);
}
process.exit();
