'use strict';
const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const options = { longs: Number, defaults: true, enums: Number };
const load = (folder, file) => grpc.loadPackageDefinition(loader.loadSync(file, { ...options, includeDirs: [folder] }));

exports.grpc = grpc;
exports.interop = load(path.join(__dirname, '..', 'Protos'), 'interop.proto').interop;
exports.failure = 'nicht gefunden: \u00fc 100%';
exports.read = (folder, ...names) => names.map((name) => fs.readFileSync(path.join(folder, name)));
const field = (number, value) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
exports.field = field;
// google.rpc.Status { code: 5, message, details: [scheduler.v1.Error { type: 13, message, violations: [...] }] }, written out.
exports.details = () => {
  const violation = Buffer.concat([field(1, 'lrp.memory_mb'), field(2, 'must be at least 0')]);
  const error = Buffer.concat([Buffer.from([8, 13]), field(2, exports.failure), field(3, violation)]);
  const any = Buffer.concat([field(1, 'type.googleapis.com/scheduler.v1.Error'), field(2, error)]);
  return Buffer.concat([Buffer.from([8, 5]), field(2, exports.failure), field(3, any)]);
};
