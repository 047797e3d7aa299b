"""The contract of the interoperation tests, built from descriptors made here: no protoc is needed."""
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_pool = descriptor_pool.DescriptorPool()
_factory = message_factory.MessageFactory(_pool)
_types = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
}


def _define(package, messages):
    file = descriptor_pb2.FileDescriptorProto(name=package + ".proto", package=package, syntax="proto3")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in fields.items():
            repeated = kind.startswith("*")
            kind = kind.lstrip("*")
            added = message.field.add(name=field, number=number, label=3 if repeated else 1)
            if kind in _types:
                added.type = _types[kind]
            else:
                added.type = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
                added.type_name = "." + package + "." + kind
    _pool.Add(file)
    return {name: _factory.GetPrototype(_pool.FindMessageTypeByName(package + "." + name)) for name in messages}


Message = _define("interop", {"Message": {1: ("text", "string"), 2: ("data", "bytes"), 3: ("number", "int32")}})["Message"]

_rpc = _define("google.rpc", {
    "Any": {1: ("type_url", "string"), 2: ("value", "bytes")},
    "Status": {1: ("code", "int32"), 2: ("message", "string"), 3: ("details", "*Any")},
})
Status, Any = _rpc["Status"], _rpc["Any"]

_errors = _define("scheduler.v1", {
    "FieldViolation": {1: ("field", "string"), 2: ("rule", "string")},
    "Error": {1: ("type", "int32"), 2: ("message", "string"), 3: ("violations", "*FieldViolation")},
})
FieldViolation, Error = _errors["FieldViolation"], _errors["Error"]

_health = _define("grpc.health.v1", {"HealthCheckRequest": {1: ("service", "string")}, "HealthCheckResponse": {1: ("status", "int32")}})
HealthCheckRequest, HealthCheckResponse = _health["HealthCheckRequest"], _health["HealthCheckResponse"]

_reflection = _define("grpc.reflection.v1", {
    "Request": {1: ("host", "string"), 3: ("file_by_filename", "string"), 4: ("file_containing_symbol", "string"), 7: ("list_services", "string")},
    "Files": {1: ("file_descriptor_proto", "*bytes")},
    "Service": {1: ("name", "string")},
    "Services": {1: ("service", "*Service")},
    "Error": {1: ("error_code", "int32"), 2: ("error_message", "string")},
    "Response": {1: ("valid_host", "string"), 4: ("files", "Files"), 6: ("services", "Services"), 7: ("error", "Error")},
})
ReflectionRequest, ReflectionResponse = _reflection["Request"], _reflection["Response"]

FAILURE = "nicht gefunden: \u00fc 100%"


def failure():
    """The status of a call that failed, with all that the product says of it."""
    error = Error(type=13, message=FAILURE, violations=[FieldViolation(field="lrp.memory_mb", rule="must be at least 0")])
    return Status(code=5, message=FAILURE, details=[Any(type_url="type.googleapis.com/scheduler.v1.Error", value=error.SerializeToString())])
