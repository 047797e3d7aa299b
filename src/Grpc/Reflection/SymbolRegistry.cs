using Google.Protobuf.Reflection;

namespace Grpc.Reflection;

/// <summary>Files of a contract by name and by what they define.</summary>
public class SymbolRegistry
{
    private readonly Dictionary<string, FileDescriptor> _byName = [];
    private readonly Dictionary<string, FileDescriptor> _bySymbol = [];

    private SymbolRegistry()
    {
    }

    /// <summary>A registry of files and all that they import.</summary>
    public static SymbolRegistry FromFiles(IEnumerable<FileDescriptor> fileDescriptors)
    {
        var registry = new SymbolRegistry();
        foreach (var file in fileDescriptors)
            registry.Add(file);
        return registry;
    }

    public FileDescriptor? FileByName(string filename) => _byName.GetValueOrDefault(filename);

    /// <summary>The file that defines a message, enum, service, method or field, by full name.</summary>
    public FileDescriptor? FileContainingSymbol(string symbol) => _bySymbol.GetValueOrDefault(symbol);

    private void Add(FileDescriptor file)
    {
        if (!_byName.TryAdd(file.Name, file))
            return;
        foreach (var import in file.Dependencies)
            Add(import);
        foreach (var each in file.EnumTypes)
            Add(each);
        foreach (var each in file.MessageTypes)
            Add(each);
        foreach (var service in file.Services)
        {
            _bySymbol[service.FullName] = file;
            foreach (var method in service.Methods)
                _bySymbol[method.FullName] = file;
        }
    }

    private void Add(EnumDescriptor definition)
    {
        _bySymbol[definition.FullName] = definition.File;
        foreach (var value in definition.Values)
            _bySymbol[value.FullName] = definition.File;
    }

    private void Add(MessageDescriptor definition)
    {
        _bySymbol[definition.FullName] = definition.File;
        foreach (var field in definition.Fields.InDeclarationOrder())
            _bySymbol[field.FullName] = definition.File;
        foreach (var each in definition.EnumTypes)
            Add(each);
        foreach (var each in definition.NestedTypes)
            Add(each);
    }
}
