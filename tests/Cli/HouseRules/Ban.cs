using Microsoft.CodeAnalysis;

namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>Members that the sources must not use, and who may nevertheless.</summary>
internal sealed record Ban
{
    public const string Constructor = ".ctor";

    public required string Name { get; init; }

    /// <summary>What to do instead.</summary>
    public required string Instead { get; init; }

    /// <summary>The members of each type.</summary>
    public required IReadOnlyList<(Type Type, string[] Names)> Members { get; init; }

    /// <summary>Overloads that may be used.</summary>
    public Func<IMethodSymbol, bool> Except { get; init; } = _ => false;

    /// <summary>Projects in which the rule holds.</summary>
    public Func<string, bool> In { get; init; } = _ => true;

    /// <summary>Users, by project and top-level type, with the reason. Paths would change with every move.</summary>
    public IReadOnlyDictionary<string, string> Exceptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of the members but for constructors.</summary>
    public IEnumerable<string> MemberNames => Members.SelectMany(member => member.Names).Where(name => name != Constructor);

    /// <summary>Names of the types whose constructors are meant.</summary>
    public IEnumerable<string> ConstructedTypes =>
        Members.Where(member => member.Names.Contains(Constructor)).Select(member => member.Type.Name);

    public bool Forbids(MemberUse use) =>
        In(use.Project)
        && Members.Any(member => member.Type.FullName == FullName(use.Member.ContainingType) && member.Names.Contains(use.Member.Name))
        && !(use.Member is IMethodSymbol method && Except(method));

    private static string FullName(INamedTypeSymbol type) => $"{type.ContainingNamespace.ToDisplayString()}.{type.MetadataName}";
}
