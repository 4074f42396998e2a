// The end of the stack a user would assemble: what Redis is told goes to the socket.io rooms of that part of the city.
// Usage: end-to-end-gateway.mjs REDIS. Prints its port. A viewer sends "look" with the rooms it wants.

import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

const redis = new Redis({ host: '127.0.0.1', port: Number(process.argv[2]) });
const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false });
io.on('connection', (socket) => socket.on('look', (rooms) => socket.join(rooms)));
redis.on('pmessage', (_pattern, room, message) => io.to(room).emit('changes', message));
await redis.psubscribe('*');
http.listen(0, '127.0.0.1', () => console.log(http.address().port));
process.stdin.on('end', () => process.exit()).resume();
