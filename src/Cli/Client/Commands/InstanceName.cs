using System.CommandLine.Parsing;
using Scheduler.Cli.Client.Files;

namespace Scheduler.Cli.Client.Commands;

/// <summary>The name of a process or task, or of one instance of a process: <c>web</c>, <c>web/2</c>.</summary>
internal sealed record InstanceName(string Guid, int? Index)
{
    public static InstanceName? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var slash = text.IndexOf('/');
        if (slash < 0)
            return new InstanceName(text, null);
        if (slash > 0 && Numbers.TryInt(text[(slash + 1)..], 0) is { } index)
            return new InstanceName(text[..slash], index);
        result.AddError($"\"{text}\" must be NAME or NAME/INDEX, such as web/2");
        return null;
    }

    public override string ToString() => Index is { } index ? $"{Guid}/{index}" : Guid;
}
