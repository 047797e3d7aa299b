'use strict';
// client.js TARGET CHECK PROTOS [CERTIFICATES]: makes one check against the server under test; exit code 0 if it holds.
const assert = require('assert');
const { grpc, interop, health, reflection, failure, details, read } = require('./contract');

const [target, check, protos, certificates] = process.argv.slice(2);
const { status } = grpc;
const soon = () => ({ deadline: Date.now() + 60000 });

function credentials() {
  if (!certificates) return grpc.credentials.createInsecure();
  return grpc.credentials.createSsl(...read(certificates, 'ca.pem', 'client.key', 'client.pem'));
}

const settings = certificates ? { 'grpc.ssl_target_name_override': 'localhost' } : {};
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
  async unary() {
    const sent = { text: 'hello', data: Buffer.from([0, 1, 2]), number: -7 };
    assert.deepStrictEqual((await unary(sent)).response, sent);
  },
  async down() {
    const messages = await all(client.Down({ number: 100, data: Buffer.alloc(1000) }, soon()));
    assert.deepStrictEqual(messages.map((m) => m.number), numbers(100));
    assert.deepStrictEqual(await all(client.Down({ number: 0 }, soon())), []);
  },
  async up() {
    const answer = await new Promise((resolve, reject) => {
      const call = client.Up(soon(), (e, r) => (e ? reject(e) : resolve(r)));
      for (const number of numbers(100)) call.write({ number, text: 'a' });
      call.end();
    });
    assert.deepStrictEqual([answer.number, answer.text], [4950, 'a'.repeat(100)]);
  },
  async both() {
    const call = client.Both(soon());
    const messages = all(call);
    for (const number of numbers(100)) call.write({ number });
    call.end();
    assert.deepStrictEqual((await messages).map((m) => m.number), numbers(100));
  },
  async deadline() {
    const key = Buffer.from('node deadline');
    const { number } = (await unary({ text: 'timeout' })).response;
    assert.ok(number > 0 && number <= 60000, String(number));
    await fails(status.DEADLINE_EXCEEDED, unary({ text: 'wait', data: key }, { options: { deadline: Date.now() + 300 } }));
    await unary({ text: 'cancelled', data: key });
  },
  async cancelled() {
    const key = Buffer.from('node cancel');
    const call = client.Down({ text: 'wait', data: key, number: 1 }, soon());
    call.once('data', () => call.cancel());
    await fails(status.CANCELLED, all(call));
    await unary({ text: 'cancelled', data: key });
  },
  async metadata() {
    const metadata = new grpc.Metadata();
    metadata.add('x-text', 'one');
    metadata.add('x-text', 'two');
    metadata.add('x-data-bin', Buffer.from([0, 255, 128]));
    metadata.add('x-data-bin', Buffer.from([7]));
    const { headers, trailers } = await unary({ text: 'headers' }, { metadata });
    for (const received of [headers, trailers]) {
      // Node joins what HTTP/2 repeats.
      assert.strictEqual(received.get('x-text').join(', '), 'one, two');
      assert.deepStrictEqual(received.get('x-data-bin'), [Buffer.from([0, 255, 128]), Buffer.from([7])]);
    }
  },
  async details() {
    const error = await fails(status.NOT_FOUND, unary({ text: 'fail' }));
    assert.strictEqual(error.details, failure);
    assert.deepStrictEqual(error.metadata.get('x-why'), ['because']);
    assert.deepStrictEqual(error.metadata.get('x-why-bin'), [Buffer.from([0, 1, 255])]);
    assert.deepStrictEqual(error.metadata.get('grpc-status-details-bin'), [details()]);
  },
  async gzip() {
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
    for (const size of [5 << 20, 100 << 20]) {
      const error = await fails(status.RESOURCE_EXHAUSTED, unary({ data: Buffer.alloc(size) }));
      assert.ok(error.details.includes('4194304'), error.details);
    }
    await checks.unary();
  },
  async concurrent() {
    const answers = await Promise.all(numbers(1000).map(() => unary({ text: 'meet', number: 1000 })));
    assert.ok(answers.every((answer) => answer.response.number === 1000));
  },
  async unknown() {
    for (const path of ['/interop.Interop/Nothing', '/interop.Nobody/Nothing'])
      await fails(status.UNIMPLEMENTED, raw(path, Buffer.alloc(0)));
  },
  async malformed() {
    const error = await fails(status.INTERNAL, raw('/interop.Interop/Unary', Buffer.from([255, 255, 255, 255])));
    assert.ok(error.details.includes('Message'), error.details);
    await checks.unary();
  },
  async health() {
    const { Health } = health(protos);
    const stub = new Health(target, credentials(), settings);
    const ask = (service) => new Promise((resolve, reject) => stub.Check({ service }, soon(), (e, r) => (e ? reject(e) : resolve(r))));
    assert.strictEqual((await ask('interop.Interop')).status, 1);
    await fails(status.NOT_FOUND, ask('nobody'));
    stub.close();
  },
  async reflection() {
    for (const version of ['v1', 'v1alpha']) {
      const { ServerReflection } = reflection(protos, version);
      const stub = new ServerReflection(target, credentials(), settings);
      const call = stub.ServerReflectionInfo(soon());
      const answers = all(call);
      call.write({ listServices: '*' });
      call.write({ fileContainingSymbol: 'interop.Message.text' });
      call.end();
      const [listed, found] = await answers;
      assert.ok(listed.listServicesResponse.service.some((service) => service.name === 'interop.Interop'));
      assert.ok(found.fileDescriptorResponse.fileDescriptorProto[0].includes('interop.proto'));
      stub.close();
    }
  },
};

checks[check]().then(() => client.close(), (error) => {
  console.error(error);
  process.exit(1);
});
