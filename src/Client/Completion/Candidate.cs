namespace Scheduler.Client.Completion;

/// <summary>A word that may be meant.</summary>
/// <param name="About">What it means; empty for names of the cluster.</param>
internal readonly record struct Candidate(string Word, string About = "");

/// <summary>Names that only the cluster knows, or this user's files.</summary>
internal enum NameKind
{
    None,
    Lrps,
    Tasks,

    /// <summary>A process, one of its instances as <c>web/0</c>, or a task.</summary>
    Instances,
    Cells,
    AbsentCells,
    Domains,
    Contexts,
}

/// <summary>What the last word of a command line may become.</summary>
/// <param name="Candidates">Words that the program itself knows, already those that begin like the word.</param>
/// <param name="Names">What else to look up in the cluster.</param>
/// <param name="Files">Whether it may be a path.</param>
/// <param name="Typed">The part of the word that names begin with.</param>
/// <param name="Prefix">What stands before that part in the same word, as <c>--cell=</c>.</param>
internal sealed record Completion(IReadOnlyList<Candidate> Candidates, NameKind Names, bool Files, string Typed, string Prefix)
{
    public static Completion Nothing { get; } = new([], NameKind.None, false, "", "");
}
