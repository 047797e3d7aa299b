'use strict';
// server.js tcp | unix PATH | tls CERTIFICATES: serves the contract and prints its port. Ends when its standard input does.
const { grpc, interop, failure, details, read } = require('./contract');

const [kind, place] = process.argv.slice(2);
const cancelled = new Map();
const meeting = { waiting: [] };

function ended(key) {
  if (!cancelled.has(key)) {
    const entry = {};
    entry.promise = new Promise((resolve) => { entry.resolve = resolve; });
    cancelled.set(key, entry);
  }
  return cancelled.get(key);
}

function mine(metadata) {
  const copy = new grpc.Metadata();
  for (const key of Object.keys(metadata.getMap()).filter((name) => name.startsWith('x-')))
    for (const value of metadata.get(key)) copy.add(key, value);
  return copy;
}

function fail(callback) {
  const metadata = new grpc.Metadata();
  metadata.add('x-why', 'because');
  metadata.add('x-why-bin', Buffer.from([0, 1, 255]));
  metadata.add('grpc-status-details-bin', details());
  callback({ code: grpc.status.NOT_FOUND, details: failure, metadata });
}

function unary(call, callback) {
  const { text, data, number } = call.request;
  const key = data.toString();
  switch (text) {
    case 'fail':
      return fail(callback);
    case 'headers': {
      const metadata = mine(call.metadata);
      call.sendMetadata(metadata);
      return callback(null, call.request, metadata);
    }
    case 'wait':
      return call.on('cancelled', () => ended(key).resolve());
    case 'cancelled':
      return ended(key).promise.then(() => callback(null, call.request));
    case 'size':
      return callback(null, { data: Buffer.alloc(number) });
    case 'timeout':
      return callback(null, { number: Math.floor(call.getDeadline() - Date.now()) });
    case 'meet':
      meeting.waiting.push(() => callback(null, call.request));
      if (meeting.waiting.length === number) meeting.waiting.forEach((answer) => answer());
      return undefined;
    default:
      return callback(null, call.request);
  }
}

function down(call) {
  const { text, data, number } = call.request;
  for (let i = 0; i < number; i++) call.write({ number: i, data });
  if (text === 'wait') call.on('cancelled', () => ended(data.toString()).resolve());
  else call.end();
}

function up(call, callback) {
  const answer = { number: 0, text: '' };
  call.on('data', (message) => {
    answer.number += message.number;
    answer.text += message.text;
  });
  call.on('end', () => callback(null, answer));
}

function both(call) {
  call.on('data', (message) => call.write(message));
  call.on('end', () => call.end());
}

const server = new grpc.Server({ 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
server.addService(interop.Interop.service, { Unary: unary, Down: down, Up: up, Both: both });

let credentials = grpc.ServerCredentials.createInsecure();
if (kind === 'tls') {
  const [ca, key, certificate] = read(place, 'ca.pem', 'server.key', 'server.pem');
  credentials = grpc.ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: certificate }], true);
}
server.bindAsync(kind === 'unix' ? `unix:${place}` : '127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  console.log(port);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
