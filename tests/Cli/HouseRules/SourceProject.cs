using System.Collections.Immutable;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>A project under <c>src/</c>, as the compiler reads it.</summary>
internal sealed class SourceProject
{
    private static readonly Lazy<ImmutableArray<PortableExecutableReference>> Assemblies = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))]);

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

    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Names => Directory.EnumerateDirectories(Path.Combine(Root, "src"))
        .Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any())
        .Select(folder => Path.GetFileName(folder))
        .Order(StringComparer.Ordinal);

    /// <summary>Paths of the project's own sources, below its folder.</summary>
    public static IEnumerable<string> Sources(string name)
    {
        var folder = Path.Combine(Root, "src", name);
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path))
            .Where(path => path.Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin"))
            .Order(StringComparer.Ordinal);
    }

    public static SourceProject Read(string name)
    {
        var folder = Path.Combine(Root, "src", name);
        var files = Sources(name).Select(path => new SourceFile(path, Parse(Path.Combine(folder, path)))).ToImmutableArray();
        var assembly = AssemblyName(folder);
        var compilation = CSharpCompilation.Create(
            assembly,
            files.Select(file => file.Tree).Concat(Generated(folder).Select(Parse)),
            Assemblies.Value.Where(reference => Path.GetFileNameWithoutExtension(reference.FilePath) != assembly),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        return new SourceProject(name, compilation, files);
    }

    private static SyntaxTree Parse(string path) => CSharpSyntaxTree.ParseText(File.ReadAllText(path), path: path);

    /// <summary>Global usings and what is generated from Protobuf, of the build that these tests belong to.</summary>
    private static IEnumerable<string> Generated(string folder)
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        return Directory.EnumerateFiles(
            Path.Combine(folder, "obj", built.Parent!.Name, built.Name), "*.cs", SearchOption.AllDirectories);
    }

    private static string AssemblyName(string folder)
    {
        var project = Directory.EnumerateFiles(folder, "*.csproj").Single();
        return XDocument.Load(project).Descendants("AssemblyName").SingleOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(project);
    }

    private static string FindRoot()
    {
        // The path that the compiler knows of this file is not the real one in a reproducible build.
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Scheduler.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("the tests do not run in a clone of the repository");
    }
}

/// <param name="Path">Below the project's folder.</param>
/// <param name="Tree">Its syntax.</param>
internal sealed record SourceFile(string Path, SyntaxTree Tree)
{
    /// <summary>Below the project's folder; empty for its top folder.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;
}
