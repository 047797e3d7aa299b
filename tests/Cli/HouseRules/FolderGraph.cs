using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>
/// Which folders of a project use which others. A folder uses another when a file of it names a type that the other declares, or calls an
/// extension method of one. A folder and its subfolders are different folders. The project's top folder is left out: it composes the others.
/// </summary>
internal sealed class FolderGraph
{
    private readonly SortedDictionary<string, SortedDictionary<string, FolderUse>> _uses = new(StringComparer.Ordinal);
    private readonly List<string> _unknown = [];

    public FolderGraph(SourceProject project)
    {
        var folders = project.Files.ToDictionary(file => file.Tree, file => file.Folder);
        var names = DeclaredNames(project);
        foreach (var file in project.Files.Where(file => file.Folder != ""))
            AddUses(project, file, folders, names);
    }

    /// <summary>Names of declared types that the compiler cannot resolve: each may be a use that the graph lacks.</summary>
    public IReadOnlyList<string> Unknown => _unknown;

    public IEnumerable<FolderUse> Uses => _uses.Values.SelectMany(uses => uses.Values);

    /// <summary>The shortest circle through each folder that is in one, each circle once.</summary>
    public IEnumerable<IReadOnlyList<FolderUse>> Circles() =>
        _uses
            .Keys.Select(ShortestCircle)
            .OfType<IReadOnlyList<FolderUse>>()
            .DistinctBy(circle => string.Join('|', circle.Select(use => use.User).Order(StringComparer.Ordinal)));

    private List<FolderUse>? ShortestCircle(string start)
    {
        var reachedBy = new Dictionary<string, FolderUse>(StringComparer.Ordinal);
        var next = new Queue<string>([start]);
        while (next.TryDequeue(out var folder))
        {
            if (!_uses.TryGetValue(folder, out var uses))
                continue;
            foreach (var use in uses.Values.Where(use => reachedBy.TryAdd(use.Used, use)))
                next.Enqueue(use.Used);
        }

        if (!reachedBy.TryGetValue(start, out var last))
            return null;
        var circle = new List<FolderUse> { last };
        while (circle[^1].User != start)
            circle.Add(reachedBy[circle[^1].User]);
        circle.Reverse();
        return circle;
    }

    private void AddUses(
        SourceProject project,
        SourceFile file,
        Dictionary<SyntaxTree, string> folders,
        Dictionary<string, HashSet<string>> names
    )
    {
        var model = project.Compilation.GetSemanticModel(file.Tree);
        foreach (var name in file.Tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            // The compiler takes long to answer: it is asked only about names that can lead elsewhere.
            if (
                !names.TryGetValue(name.Identifier.ValueText, out var candidates)
                || candidates.All(folder => folder == "" || folder == file.Folder)
            )
                continue;
            var symbol = model.GetSymbolInfo(name);
            if (symbol.Symbol is null && symbol.CandidateSymbols.IsEmpty && name.Parent is not NameColonSyntax)
                _unknown.Add(Place(file, name));
            if (UsedType(symbol) is not { } type)
                continue;
            var declaredIn = type
                .DeclaringSyntaxReferences.Where(part => folders.ContainsKey(part.SyntaxTree))
                .Select(part => folders[part.SyntaxTree])
                .ToHashSet(StringComparer.Ordinal);
            if (declaredIn.Contains(file.Folder))
                continue;
            foreach (var used in declaredIn.Where(folder => folder != ""))
                Add(file, used, type.Name, name);
        }
    }

    private void Add(SourceFile file, string used, string type, SimpleNameSyntax at)
    {
        if (!_uses.TryGetValue(file.Folder, out var uses))
            _uses[file.Folder] = uses = new(StringComparer.Ordinal);
        if (!uses.TryGetValue(used, out var use))
            uses[used] = use = new FolderUse(file.Folder, used);
        use.Add(file.Path, at.GetLocation().GetLineSpan().StartLinePosition.Line + 1, type);
    }

    private static INamedTypeSymbol? UsedType(SymbolInfo info) =>
        (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) switch
        {
            INamedTypeSymbol type => type.OriginalDefinition,
            IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => constructor.ContainingType.OriginalDefinition,
            IMethodSymbol { ReducedFrom: { } extension } => extension.ContainingType,
            _ => null,
        };

    /// <summary>Names of types and of extension methods, with the folders that declare one of that name.</summary>
    private static Dictionary<string, HashSet<string>> DeclaredNames(SourceProject project)
    {
        var names = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var file in project.Files)
        {
            foreach (var node in file.Tree.GetRoot().DescendantNodes())
            {
                if (node is BaseTypeDeclarationSyntax type)
                    Declare(type.Identifier.ValueText, file.Folder);
                else if (node is DelegateDeclarationSyntax @delegate)
                    Declare(@delegate.Identifier.ValueText, file.Folder);
                else if (
                    node is MethodDeclarationSyntax { ParameterList.Parameters: [var first, ..] } method
                    && first.Modifiers.Any(SyntaxKind.ThisKeyword)
                )
                    Declare(method.Identifier.ValueText, file.Folder);
            }
        }

        return names;

        void Declare(string name, string folder)
        {
            // The use of an attribute may leave out the end of its name.
            const string attribute = nameof(Attribute);
            if (name.EndsWith(attribute, StringComparison.Ordinal))
                Declare(name[..^attribute.Length], folder);
            if (!names.TryGetValue(name, out var folders))
                names[name] = folders = new(StringComparer.Ordinal);
            folders.Add(folder);
        }
    }

    private static string Place(SourceFile file, SimpleNameSyntax at) =>
        $"{file.Path}:{at.GetLocation().GetLineSpan().StartLinePosition.Line + 1} {at.Identifier.ValueText}";
}

/// <summary>One folder's use of another.</summary>
internal sealed class FolderUse(string user, string used)
{
    private readonly List<(string File, int Line, string Type)> _places = [];

    public string User { get; } = user;

    public string Used { get; } = used;

    public IReadOnlyList<(string File, int Line, string Type)> Places => _places;

    public void Add(string file, int line, string type)
    {
        if (!_places.Any(place => place.File == file && place.Type == type))
            _places.Add((file, line, type));
    }

    public override string ToString()
    {
        var (file, line, type) = _places[0];
        var others = _places.Count == 1 ? "" : $" (and {_places.Count - 1} more)";
        return $"{User} -> {Used}: {file}:{line} uses {type}{others}";
    }
}
