'use strict';
// client.js TARGET CHECK [IDENTITY]: makes one check against the server under test; exit code 0 if it holds.
// IDENTITY.crt and IDENTITY.key are the client certificate, if these files exist; ca.crt in the same directory is the authority.
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { grpc, interop, failure, details, field, read } = require('./contract');

const [target, check, identity] = process.argv.slice(2);
const { status } = grpc;
const soon = () => ({ deadline: Date.now() + 60000 });

function credentials() {
  if (!identity) return grpc.credentials.createInsecure();
  const own = fs.existsSync(`${identity}.key`) ? read('', `${identity}.key`, `${identity}.crt`) : [];
  return grpc.credentials.createSsl(...read(path.dirname(identity), 'ca.crt'), ...own);
}

const settings = identity ? { 'grpc.ssl_target_name_override': 'localhost' } : {};
const connect = (more) => new interop.Interop(target, credentials(), { ...settings, ...more });
let client = connect({});

const unary = (request, { metadata = new grpc.Metadata(), options = soon() } = {}) => new Promise((resolve, reject) => {
  const seen = {};
  const call = client.Unary(request, metadata, options, (error, response) => {
    if (error) reject(error);
    else seen.response = response;
  });
  call.on('metadata', (headers) => { seen.headers = headers; });
  call.on('status', (end) => { if (end.code === status.OK) resolve({ ...seen, trailers: end.metadata }); });
});
const all = (stream) => new Promise((resolve, reject) => {
  const messages = [];
  stream.on('data', (message) => messages.push(message));
  stream.on('end', () => resolve(messages));
  stream.on('error', reject);
});
const fails = async (code, promise) => {
  const error = await promise.then(() => assert.fail(`no failure instead of ${code}`), (e) => e);
  assert.strictEqual(error.code, code, String(error));
  return error;
};
const raw = (path, bytes) => new Promise((resolve, reject) =>
  client.makeUnaryRequest(path, (b) => b, (b) => b, bytes, new grpc.Metadata(), soon(), (e, r) => (e ? reject(e) : resolve(r))));
const numbers = (count) => Array.from({ length: count }, (_, i) => i);

const checks = {
  async kinds() {
    const sent = { text: 'hello', data: Buffer.from([0, 1, 2]), number: -7 };
    assert.deepStrictEqual((await unary(sent)).response, sent);
    const messages = await all(client.Down({ number: 100, data: Buffer.alloc(1000) }, soon()));
    assert.deepStrictEqual(messages.map((m) => m.number), numbers(100));
    assert.deepStrictEqual(await all(client.Down({ number: 0 }, soon())), []);
    const answer = await new Promise((resolve, reject) => {
      const call = client.Up(soon(), (e, r) => (e ? reject(e) : resolve(r)));
      for (const number of numbers(100)) call.write({ number, text: 'a' });
      call.end();
    });
    assert.deepStrictEqual([answer.number, answer.text], [4950, 'a'.repeat(100)]);
    const call = client.Both(soon());
    const echoes = all(call);
    for (const number of numbers(100)) call.write({ number });
    call.end();
    assert.deepStrictEqual((await echoes).map((m) => m.number), numbers(100));
  },
  async deadline() {
    const key = Buffer.from('node deadline');
    const { number } = (await unary({ text: 'timeout' })).response;
    assert.ok(number > 0 && number <= 60000, String(number));
    await fails(status.DEADLINE_EXCEEDED, unary({ text: 'wait', data: key }, { options: { deadline: Date.now() + 300 } }));
    await unary({ text: 'signalled', data: key });
  },
  async cancelled() {
    const key = Buffer.from('node cancel');
    const call = client.Down({ text: 'wait', data: key, number: 1 }, soon());
    call.once('data', () => call.cancel());
    await fails(status.CANCELLED, all(call));
    await unary({ text: 'signalled', data: key });
  },
  async metadata() {
    const metadata = new grpc.Metadata();
    metadata.add('x-text', 'one');
    metadata.add('x-data-bin', Buffer.from([0, 255, 128]));
    const { headers, trailers } = await unary({ text: 'headers' }, { metadata });
    for (const received of [headers, trailers]) {
      assert.deepStrictEqual(received.get('x-text'), ['one']);
      assert.deepStrictEqual(received.get('x-data-bin'), [Buffer.from([0, 255, 128])]);
    }
  },
  async details() {
    const error = await fails(status.NOT_FOUND, unary({ text: 'fail' }));
    assert.strictEqual(error.details, failure);
    assert.deepStrictEqual(error.metadata.get('grpc-status-details-bin'), [details()]);
  },
  async compressed() {
    client = connect({ 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
    const data = Buffer.alloc(100000, 'z');
    assert.deepStrictEqual((await unary({ data })).response.data, data);
    assert.strictEqual((await unary({ text: 'encoding' })).response.text, 'gzip');
  },
  async large() {
    const data = Buffer.alloc(3 << 20, 'abc');
    assert.ok((await unary({ data })).response.data.equals(data));
    const call = client.Both(soon());
    const messages = all(call);
    for (let i = 0; i < 3; i++) call.write({ data });
    call.end();
    assert.deepStrictEqual((await messages).map((m) => m.data.length), [data.length, data.length, data.length]);
  },
  async oversize() {
    for (const size of [5 << 20, 100 << 20]) await fails(status.RESOURCE_EXHAUSTED, unary({ data: Buffer.alloc(size) }));
    await checks.kinds();
  },
  async malformed() {
    await fails(status.INVALID_ARGUMENT, raw('/interop.Interop/Unary', Buffer.from([255, 255, 255, 255])));
    await checks.kinds();
  },
  async health() {
    const ask = (service) => raw('/grpc.health.v1.Health/Check', field(1, service));
    assert.deepStrictEqual(await ask(''), Buffer.from([8, 1]));
    await fails(status.NOT_FOUND, ask('nobody'));
  },
  async reflection() {
    for (const version of ['v1', 'v1alpha']) {
      const call = client.makeBidiStreamRequest(`/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`, (b) => b, (b) => b, new grpc.Metadata(), soon());
      const answers = all(call);
      call.write(field(7, '*'));
      call.write(field(4, 'scheduler.v1.DomainService'));
      call.end();
      const [listed, found] = await answers;
      assert.ok(listed.includes('scheduler.v1.DomainService'));
      assert.ok(found.includes('UpsertDomainRequest'));
    }
  },
  async allowed() {
    await upsert();
  },
  async refused() {
    await raw('/scheduler.v1.DomainService/List', Buffer.alloc(0));
    const error = await fails(status.PERMISSION_DENIED, upsert());
    // scheduler.v1.Error { type: 105, ... }
    assert.ok(error.metadata.get('grpc-status-details-bin')[0].includes(Buffer.from([8, 105])));
  },
  async unconnected() {
    await fails(status.UNAVAILABLE, upsert());
  },
};
const upsert = () => raw('/scheduler.v1.DomainService/Upsert', Buffer.alloc(0));

checks[check]().then(() => client.close(), (error) => {
  console.error(error);
  process.exit(1);
});
