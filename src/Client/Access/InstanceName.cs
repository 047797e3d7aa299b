using System.CommandLine.Parsing;
using Scheduler.Client.Files;
using Scheduler.Models;

namespace Scheduler.Client.Access;

/// <summary>The name of a process or task, or of one instance of a process: <c>web</c>, <c>web/2</c>.</summary>
internal sealed record InstanceName(string Guid, int? Index)
{
    private const string Rule = "must be NAME or NAME/INDEX, such as web/2";

    public static InstanceName? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryParse(text) is { } name)
            return name;
        result.AddError($"\"{text}\" {Rule}");
        return null;
    }

    /// <exception cref="DomainException">It is neither of both forms.</exception>
    public static InstanceName Parse(string text) =>
        TryParse(text) ?? throw DomainError.Invalid("NAME/INDEX", $"\"{text}\" {Rule}").ToException();

    private static InstanceName? TryParse(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0)
            return new InstanceName(text, null);
        return slash > 0 && Numbers.TryInt(text[(slash + 1)..], 0) is { } index ? new InstanceName(text[..slash], index) : null;
    }

    public override string ToString() => Index is { } index ? $"{Guid}/{index}" : Guid;
}
