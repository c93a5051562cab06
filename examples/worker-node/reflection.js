// Learns a server's services by reflection (grpc.reflection.v1), as a client does that has no proto files.
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

// The part of the reflection protocol that is used here.
const protocol = {
  nested: {
    grpc: { nested: { reflection: { nested: { v1: { nested: {
      ServerReflection: {
        methods: {
          ServerReflectionInfo: {
            requestType: 'ServerReflectionRequest', requestStream: true,
            responseType: 'ServerReflectionResponse', responseStream: true,
          },
        },
      },
      ServerReflectionRequest: {
        oneofs: { messageRequest: { oneof: ['fileByFilename', 'fileContainingSymbol', 'listServices'] } },
        fields: {
          fileByFilename: { type: 'string', id: 3 },
          fileContainingSymbol: { type: 'string', id: 4 },
          listServices: { type: 'string', id: 7 },
        },
      },
      ServerReflectionResponse: {
        fields: {
          fileDescriptorResponse: { type: 'FileDescriptorResponse', id: 4 },
          listServicesResponse: { type: 'ListServiceResponse', id: 6 },
          errorResponse: { type: 'ErrorResponse', id: 7 },
        },
      },
      FileDescriptorResponse: { fields: { fileDescriptorProto: { rule: 'repeated', type: 'bytes', id: 1 } } },
      ListServiceResponse: { fields: { service: { rule: 'repeated', type: 'ServiceResponse', id: 1 } } },
      ServiceResponse: { fields: { name: { type: 'string', id: 1 } } },
      ErrorResponse: { fields: { errorCode: { type: 'int32', id: 1 }, errorMessage: { type: 'string', id: 2 } } },
    } } } } } },
  },
};

const { ServerReflection } = grpc.loadPackageDefinition(protoLoader.fromJSON(protocol)).grpc.reflection.v1;

// ask sends one request and gives its answer.
function ask(address, request) {
  const client = new ServerReflection(address, grpc.credentials.createInsecure());
  return new Promise((resolve, reject) => {
    const stream = client.ServerReflectionInfo({ deadline: Date.now() + 10_000 });
    let answer;
    stream.on('data', (message) => { answer = message; });
    stream.on('error', reject);
    stream.on('end', () => {
      if (answer?.errorResponse) reject(new Error(`${JSON.stringify(request)}: ${answer.errorResponse.errorMessage}`));
      else resolve(answer);
    });
    stream.write(request);
    stream.end();
  }).finally(() => client.close());
}

// listServices gives the full names of the server's services.
export async function listServices(address) {
  const answer = await ask(address, { listServices: '*' });
  return answer.listServicesResponse.service.map(({ name }) => name);
}

// load gives client constructors for everything in the files that a symbol needs, as a tree of packages.
export async function load(address, symbol) {
  const { fileDescriptorResponse } = await ask(address, { fileContainingSymbol: symbol });
  const set = Buffer.concat(fileDescriptorResponse.fileDescriptorProto.map(asSetEntry));
  return grpc.loadPackageDefinition(protoLoader.loadFileDescriptorSetFromBuffer(set, {
    longs: Number, enums: String, defaults: true,
  }));
}

// asSetEntry writes a file as field 1 of a google.protobuf.FileDescriptorSet.
function asSetEntry(file) {
  const head = [0x0a];
  let length = file.length;
  for (; length > 0x7f; length >>>= 7) head.push((length & 0x7f) | 0x80);
  head.push(length);
  return Buffer.concat([Buffer.from(head), file]);
}
