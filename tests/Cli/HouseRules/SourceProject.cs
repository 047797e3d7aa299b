using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>A project under <c>src/</c>, as the compiler reads it.</summary>
internal sealed class SourceProject
{
    private static readonly Lazy<ImmutableArray<PortableExecutableReference>> Assemblies = new(() =>
        [
            .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
                .Split(Path.PathSeparator)
                .Select(path => MetadataReference.CreateFromFile(path)),
        ]
    );

    // Several rules read the same sources.
    private static readonly ConcurrentDictionary<string, Lazy<SourceProject>> Known = new(StringComparer.Ordinal);

    private SourceProject(string name, CSharpCompilation compilation, ImmutableArray<SourceFile> files)
    {
        Name = name;
        Compilation = compilation;
        Files = files;
    }

    /// <summary>The project's folder below <c>src/</c>.</summary>
    public string Name { get; }

    public CSharpCompilation Compilation { get; }

    /// <summary>The files in the repository. The compilation also has those that the build generated.</summary>
    public ImmutableArray<SourceFile> Files { get; }

    public static IEnumerable<string> Names =>
        Directory
            .EnumerateDirectories(Path.Combine(Repository.Root, "src"))
            .Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any())
            .Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal);

    /// <summary>Paths of the project's own sources, below its folder.</summary>
    public static IEnumerable<string> Sources(string name)
    {
        var folder = Path.Combine(Repository.Root, "src", name);
        return Directory
            .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path))
            .Where(path => path.Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin"))
            .Order(StringComparer.Ordinal);
    }

    public static SourceProject Read(string name) => Known.GetOrAdd(name, _ => new Lazy<SourceProject>(() => Compile(name))).Value;

    private static SourceProject Compile(string name)
    {
        var folder = Path.Combine(Repository.Root, "src", name);
        var files = Sources(name).Select(path => new SourceFile(path, Parse(Path.Combine(folder, path)))).ToImmutableArray();
        var assembly = AssemblyName(folder);
        var compilation = CSharpCompilation.Create(
            assembly,
            files.Select(file => file.Tree).Concat(Generated(folder).Select(Parse)),
            Assemblies.Value.Where(reference => Path.GetFileNameWithoutExtension(reference.FilePath) != assembly),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
        return new SourceProject(name, compilation, files);
    }

    private static SyntaxTree Parse(string path) => CSharpSyntaxTree.ParseText(File.ReadAllText(path), path: path);

    /// <summary>Global usings and what is generated from Protobuf, of the build that these tests belong to.</summary>
    private static IEnumerable<string> Generated(string folder)
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        return Directory.EnumerateFiles(Path.Combine(folder, "obj", built.Parent!.Name, built.Name), "*.cs", SearchOption.AllDirectories);
    }

    private static string AssemblyName(string folder)
    {
        var project = Directory.EnumerateFiles(folder, "*.csproj").Single();
        return XDocument.Load(project).Descendants("AssemblyName").SingleOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(project);
    }
}

/// <param name="Path">Below the project's folder.</param>
/// <param name="Tree">Its syntax.</param>
internal sealed record SourceFile(string Path, SyntaxTree Tree)
{
    /// <summary>Below the project's folder; empty for its top folder.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;
}
