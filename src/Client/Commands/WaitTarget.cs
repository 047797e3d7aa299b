using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>What <c>scheduler wait</c> waits for, such as <c>lrp/web</c>.</summary>
internal sealed record WaitTarget(WaitKind Kind, string Name)
{
    private const string Rule = "must be lrp/NAME, task/NAME or cell/ID";

    /// <summary>The conditions of each kind, the default first.</summary>
    private static readonly Dictionary<WaitKind, string[]> Words = new()
    {
        [WaitKind.Lrp] = ["routable", "running", "rolled-out", "deleted"],
        [WaitKind.Task] = ["completed", "running", "deleted"],
        [WaitKind.Cell] = ["present", "empty", "absent"],
    };

    /// <exception cref="DomainException">It has another form.</exception>
    public static WaitTarget Parse(string text)
    {
        var slash = text.IndexOf('/');
        WaitKind? kind = (slash < 0 ? "" : text[..slash]) switch
        {
            "lrp" => WaitKind.Lrp,
            "task" => WaitKind.Task,
            "cell" => WaitKind.Cell,
            _ => null,
        };
        return kind is { } known && slash < text.Length - 1
            ? new WaitTarget(known, text[(slash + 1)..])
            : throw DomainError.Invalid("KIND/NAME", $"{Rule}, not \"{text}\"").ToException();
    }

    /// <param name="word">Null for the default.</param>
    /// <exception cref="DomainException">It is no condition of this kind.</exception>
    public string Condition(string? word)
    {
        var words = Words[Kind];
        return word is null ? words[0]
            : words.Contains(word) ? word
            : throw DomainError.Invalid("--for", $"must be one of {string.Join(", ", words)} for {this}, not \"{word}\"").ToException();
    }

    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}/{Name}";
}

internal enum WaitKind
{
    Lrp,
    Task,
    Cell,
}
