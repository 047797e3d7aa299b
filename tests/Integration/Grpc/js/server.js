'use strict';
// server.js tcp | unix PATH | tls CERTIFICATES: serves the contract and prints its port. Ends when its standard input does.
const { grpc, interop, failure, details, read } = require('./contract');

const [kind, place] = process.argv.slice(2);
const signals = new Map();

function signal(key) {
  if (!signals.has(key)) {
    const entry = {};
    entry.promise = new Promise((resolve) => { entry.resolve = resolve; });
    signals.set(key, entry);
  }
  return signals.get(key);
}

function mine(metadata) {
  const copy = new grpc.Metadata();
  for (const key of Object.keys(metadata.getMap()).filter((name) => name.startsWith('x-')))
    for (const value of metadata.get(key)) copy.add(key, value);
  return copy;
}

function fail(callback) {
  const metadata = new grpc.Metadata();
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
      return call.on('cancelled', () => signal(key).resolve());
    case 'signalled':
      return signal(key).promise.then(() => callback(null, call.request));
    case 'size':
      return callback(null, { data: Buffer.alloc(number) });
    case 'timeout':
      return callback(null, { number: Math.floor(call.getDeadline() - Date.now()) });
    default:
      return callback(null, call.request);
  }
}

function down(call) {
  const { text, data, number } = call.request;
  for (let i = 0; i < number; i++) call.write({ number: i, data });
  if (text === 'wait') call.on('cancelled', () => signal(data.toString()).resolve());
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
  const [ca, key, certificate] = read(place, 'ca.crt', 'server.key', 'server.crt');
  credentials = grpc.ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: certificate }], true);
}
server.bindAsync(kind === 'unix' ? `unix:${place}` : '127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  console.log(port);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
