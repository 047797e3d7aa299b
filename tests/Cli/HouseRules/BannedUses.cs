using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>One use of a member.</summary>
/// <param name="Project">The folder below <c>src/</c>.</param>
/// <param name="Type">The top-level type that uses it.</param>
/// <param name="Place">Path below the project's folder, and line.</param>
/// <param name="Member">What is used.</param>
internal sealed record MemberUse(string Project, string Type, string Place, ISymbol Member)
{
    public string User => $"{Project}/{Type}";

    public override string ToString() => $"src/{Project}/{Place}: {Type} uses {Member.ToDisplayString()}";
}

/// <summary>Finds uses of members by how they are spelt; the compiler says which member that is.</summary>
internal static class BannedUses
{
    /// <summary>Every use of a method or property of one of the first names, and of a constructor of a type of one of the second.</summary>
    public static IEnumerable<MemberUse> Of(SourceProject project, IReadOnlySet<string> members, IReadOnlySet<string> types)
    {
        foreach (var file in project.Files)
        {
            var model = project.Compilation.GetSemanticModel(file.Tree);
            foreach (var node in Candidates(file.Tree.GetRoot(), members, types))
            {
                // A name may stand for a group of methods that becomes a delegate.
                var found = model.GetSymbolInfo(node);
                if ((found.Symbol ?? found.CandidateSymbols.FirstOrDefault()) is { } symbol and (IMethodSymbol or IPropertySymbol))
                    yield return Use(project, file, node, symbol.OriginalDefinition);
            }
        }
    }

    /// <summary>Every asynchronous function that returns nothing, so that nobody can wait for it or learn how it ended.</summary>
    public static IEnumerable<MemberUse> OfAsyncVoid(SourceProject project)
    {
        foreach (var file in project.Files)
        {
            var model = project.Compilation.GetSemanticModel(file.Tree);
            foreach (var node in file.Tree.GetRoot().DescendantNodes())
            {
                var symbol = node switch
                {
                    MethodDeclarationSyntax method when method.Modifiers.Any(SyntaxKind.AsyncKeyword) => model.GetDeclaredSymbol(method),
                    LocalFunctionStatementSyntax local when local.Modifiers.Any(SyntaxKind.AsyncKeyword) => model.GetDeclaredSymbol(local),
                    AnonymousFunctionExpressionSyntax lambda when lambda.AsyncKeyword.IsKind(SyntaxKind.AsyncKeyword) => model
                        .GetSymbolInfo(lambda)
                        .Symbol,
                    _ => null,
                };
                if (symbol is IMethodSymbol { ReturnsVoid: true })
                    yield return Use(project, file, node, symbol);
            }
        }
    }

    private static IEnumerable<SyntaxNode> Candidates(SyntaxNode root, IReadOnlySet<string> members, IReadOnlySet<string> types)
    {
        var spellsType = false;
        foreach (var name in root.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (members.Contains(name.Identifier.ValueText))
                yield return name;
            if (!types.Contains(name.Identifier.ValueText))
                continue;
            spellsType = true;
            if (
                name.Ancestors()
                    .TakeWhile(node => node is NameSyntax or ObjectCreationExpressionSyntax)
                    .OfType<ObjectCreationExpressionSyntax>()
                    .FirstOrDefault() is
                { } creation
            )
                yield return creation;
        }

        // new() does not spell the type, but something near it does.
        if (!spellsType)
            yield break;
        foreach (var creation in root.DescendantNodes().OfType<ImplicitObjectCreationExpressionSyntax>())
            yield return creation;
    }

    private static MemberUse Use(SourceProject project, SourceFile file, SyntaxNode node, ISymbol member) =>
        new(
            project.Name,
            node.AncestorsAndSelf().OfType<BaseTypeDeclarationSyntax>().LastOrDefault()?.Identifier.ValueText ?? "",
            $"{file.Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}",
            member
        );
}
