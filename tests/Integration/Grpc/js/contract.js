'use strict';
const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const options = { longs: Number, defaults: true, enums: Number };
const load = (folder, file) => grpc.loadPackageDefinition(loader.loadSync(file, { ...options, includeDirs: [folder] }));

exports.grpc = grpc;
exports.interop = load(path.join(__dirname, '..', 'Protos'), 'interop.proto').interop;
exports.health = (protos) => load(protos, 'grpc/health/v1/health.proto').grpc.health.v1;
exports.reflection = (protos, version) => load(protos, `grpc/reflection/${version}/reflection.proto`).grpc.reflection[version];
exports.failure = 'nicht gefunden: \u00fc 100%';
exports.read = (folder, ...names) => names.map((name) => fs.readFileSync(path.join(folder, name)));
// google.rpc.Status { code: 5, message, details: [ErrorInfo { reason: "GONE", domain: "interop" }] }, written out.
exports.details = () => {
  const field = (number, bytes) => Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const info = Buffer.concat([field(1, Buffer.from('GONE')), field(2, Buffer.from('interop'))]);
  const any = Buffer.concat([field(1, Buffer.from('type.googleapis.com/google.rpc.ErrorInfo')), field(2, info)]);
  return Buffer.concat([Buffer.from([8, 5]), field(2, Buffer.from(exports.failure)), field(3, any)]);
};
