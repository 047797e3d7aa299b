using System.CommandLine;
using Scheduler.Client.Files;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Specs;

/// <summary>The flags that change single values of an existing definition.</summary>
internal sealed class DefinitionFlags
{
    private readonly Argument<string[]> _words = new("NAME [-- COMMAND ARGUMENTS...]")
    {
        Description = "Process GUID; a new command follows --",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string?> _image = new("--image")
    {
        Description = "Another root filesystem, as in lrp create",
        HelpName = "IMAGE",
    };
    private readonly Option<string[]> _env = new("--env", "-e")
    {
        Description = "Environment variable to add or replace; may be repeated",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Another memory limit, such as 512M or 2G",
        HelpName = "SIZE",
    };
    private readonly Option<string?> _disk = new("--disk") { Description = "Another disk limit, such as 512M or 2G", HelpName = "SIZE" };

    private Option[] Options => [_image, _env, _memory, _disk];

    public void AddTo(Command command)
    {
        command.Arguments.Add(_words);
        foreach (var option in Options)
            command.Options.Add(option);
    }

    /// <summary>Whether the command line changes anything.</summary>
    public bool AreGiven(ParseResult parsed) =>
        Options.Any(option => parsed.GetResult(option) is { Implicit: false }) || Words(parsed).Command.Length > 0;

    /// <summary>Null if none was given.</summary>
    /// <exception cref="DomainException">There is more than one name.</exception>
    public string? Name(ParseResult parsed) =>
        Words(parsed).Names switch
        {
            [] => null,
            [var name] => name,
            [_, var second, ..] => throw DomainError
                .Invalid("command", $"\"{second}\" is unexpected after the name; put the command after --")
                .ToException(),
        };

    /// <returns>A changed copy.</returns>
    /// <exception cref="DomainException">A value breaks a rule.</exception>
    public DesiredLRP Apply(ParseResult parsed, DesiredLRP lrp)
    {
        var changed = lrp.Clone();
        if (parsed.GetValue(_image) is { } image)
            changed.RootFs = WorkSpec.RootFsOf(image);
        changed.MemoryMb = WorkFlags.Parsed(parsed, _memory, Numbers.TryMegabytes, Numbers.MegabytesRule) ?? changed.MemoryMb;
        changed.DiskMb = WorkFlags.Parsed(parsed, _disk, Numbers.TryMegabytes, Numbers.MegabytesRule) ?? changed.DiskMb;
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        WorkFlags.AddPairs(parsed, _env, variables);
        foreach (var (name, value) in variables)
        {
            if (changed.EnvironmentVariables.FirstOrDefault(variable => variable.Name == name) is { } known)
                known.Value = value;
            else
                changed.EnvironmentVariables.Add(new EnvironmentVariable { Name = name, Value = value });
        }

        if (Words(parsed).Command is not [var path, .. var arguments])
            return changed;
        if (changed.Action?.RunAction is not { } run)
            throw DomainError.Invalid("command", "cannot replace several steps: use --file").ToException();
        run.Path = path;
        run.Args.Clear();
        run.Args.Add(arguments);
        return changed;
    }

    private (string[] Names, string[] Command) Words(ParseResult parsed) => CommandWords.Split(parsed, parsed.GetValue(_words) ?? []);
}
