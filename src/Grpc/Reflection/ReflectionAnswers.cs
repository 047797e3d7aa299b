using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;

namespace Grpc.Reflection;

/// <summary>Answers the questions of the reflection protocol about a set of services.</summary>
internal sealed class ReflectionAnswers(IEnumerable<string> services, SymbolRegistry symbols)
{
    private readonly string[] _services = [.. services.Distinct().Order(StringComparer.Ordinal)];

    public static ReflectionAnswers About(IEnumerable<ServiceDescriptor> services)
    {
        ServiceDescriptor[] all = [.. services];
        return new ReflectionAnswers(all.Select(static each => each.FullName), SymbolRegistry.FromFiles(all.Select(static each => each.File)));
    }

    public ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = request.MessageRequestCase switch
        {
            ServerReflectionRequest.MessageRequestOneofCase.FileByFilename => File(symbols.FileByName(request.FileByFilename), $"File {request.FileByFilename} not found."),
            ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol => File(symbols.FileContainingSymbol(request.FileContainingSymbol), $"Symbol {request.FileContainingSymbol} not found."),
            ServerReflectionRequest.MessageRequestOneofCase.ListServices => Services(),
            ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType => Extensions(request.AllExtensionNumbersOfType),
            ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension => Error(StatusCode.NotFound, $"{request.FileContainingExtension.ContainingType} has no extension {request.FileContainingExtension.ExtensionNumber} here."),
            _ => Error(StatusCode.InvalidArgument, "message_request must be set to a question that this server knows."),
        };
        response.ValidHost = request.Host;
        response.OriginalRequest = request;
        return response;
    }

    private ServerReflectionResponse Services()
    {
        var list = new ListServiceResponse();
        foreach (var name in _services)
            list.Service.Add(new ServiceResponse { Name = name });
        return new ServerReflectionResponse { ListServicesResponse = list };
    }

    // proto3 contracts have no extensions but custom options, which no client asks a server for.
    private ServerReflectionResponse Extensions(string type) => symbols.FileContainingSymbol(type) is null
        ? Error(StatusCode.NotFound, $"Type {type} not found.")
        : new ServerReflectionResponse { AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type } };

    private static ServerReflectionResponse File(FileDescriptor? file, string missing)
    {
        if (file is null)
            return Error(StatusCode.NotFound, missing);
        var files = new FileDescriptorResponse();
        AddWithImports(file, [], files);
        return new ServerReflectionResponse { FileDescriptorResponse = files };
    }

    private static void AddWithImports(FileDescriptor file, HashSet<string> seen, FileDescriptorResponse files)
    {
        if (!seen.Add(file.Name))
            return;
        files.FileDescriptorProto.Add(file.SerializedData);
        foreach (var import in file.Dependencies)
            AddWithImports(import, seen, files);
    }

    private static ServerReflectionResponse Error(StatusCode code, string message) =>
        new() { ErrorResponse = new ErrorResponse { ErrorCode = (int)code, ErrorMessage = message } };
}
