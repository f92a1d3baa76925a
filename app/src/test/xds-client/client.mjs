// Calls through gRPC's own xDS client for Node.js.
//   node client.mjs TARGET        then a line for each call: METHOD [NAME=VALUE]
// Answers with a line of JSON for each.
import {createInterface} from 'node:readline';
import * as grpc from '@grpc/grpc-js';
import * as xds from '@grpc/grpc-js-xds';

xds.register();
const client = new grpc.Client(process.argv[2], grpc.credentials.createInsecure());
const bytes = text => Buffer.from(text);

for await (const line of createInterface({input: process.stdin})) {
  const [method, metadata] = line.trim().split(' ');
  const head = new grpc.Metadata();
  if (metadata) {
    head.set(...metadata.split('='));
  }
  await new Promise(done => {
    client.makeUnaryRequest(
      '/' + method, bytes, buffer => buffer.toString(), '', head,
      {deadline: Date.now() + 15000},
      (error, answer) => {
        console.log(JSON.stringify(
          error ? {code: error.code, message: error.details} : {code: 0, answer}));
        done();
      });
  });
}
client.close();
process.exit(0);
