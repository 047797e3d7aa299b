using System.CommandLine;
using Scheduler.Client.Files;
using Scheduler.Models;

namespace Scheduler.Client.Specs;

/// <summary>The flags that describe work; only flags that are given change the spec.</summary>
internal sealed class WorkFlags
{
    /// <summary>Not a flag: every user of a machine can read the arguments of all programs.</summary>
    private const string PasswordVariable = "SCHEDULER_IMAGE_PASSWORD";

    private readonly Argument<string[]> _words;
    private readonly Option<string?> _file = new("--file", "-f")
    {
        Description = "YAML or JSON spec; - reads stdin; flags override or extend it",
        HelpName = "FILE",
    };
    private readonly Option<string?> _domain = new("--domain") { Description = "Domain (default: default)", HelpName = "NAME" };
    private readonly Option<string?> _image = new("--image")
    {
        Description =
            "Root filesystem: preloaded:NAME, oci:///PATH[:TAG] or docker://[HOST/]REPOSITORY[:TAG]; short forms NAME, /PATH and REPOSITORY:TAG",
        HelpName = "IMAGE",
    };
    private readonly Option<string?> _imageUser = ImageUser();
    private readonly Option<string?> _pull = new("--pull")
    {
        Description = "When the image's registry is asked: missing, always or never (default: the cell's --image-pull)",
        HelpName = "WHEN",
    };
    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Memory limit in MB, or with a unit such as 512M or 2G (default: 128M)",
        HelpName = "SIZE",
    };
    private readonly Option<string?> _disk = new("--disk")
    {
        Description = "Disk limit in MB, or with a unit such as 512M or 2G (default: 256M)",
        HelpName = "SIZE",
    };
    private readonly Option<string?> _maxPids = new("--max-pids")
    {
        Description = "Maximum number of processes and threads (default: the cell's)",
        HelpName = "N",
    };
    private readonly Option<string[]> _env = new("--env", "-e")
    {
        Description = "Environment variable; may be repeated",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string[]> _tags = new("--tag")
    {
        Description = "Placement tag a cell must have; may be repeated",
        HelpName = "TAG",
    };
    private readonly Option<string[]> _volumes = new("--volume")
    {
        Description = "Volume of the cell and its directory in the container; may be repeated",
        HelpName = "NAME:/DIR[:ro]",
    };
    private readonly Option<string[]> _metricTags = new("--metric-tag")
    {
        Description = "Tag on logs and metrics; may be repeated",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string?> _user = new("--user")
    {
        Description = "User that runs the command (default: the image's, else root)",
        HelpName = "NAME",
    };
    private readonly Option<string?> _directory = new("--dir") { Description = "Working directory of the command", HelpName = "PATH" };
    private readonly Option<string?> _stopSignal = new("--stop-signal")
    {
        Description = "Signal that asks the command to end (default: the image's, else SIGTERM)",
        HelpName = "SIGNAL",
    };
    private readonly Option<string?> _grace = new("--grace-period")
    {
        Description = "Time between the stop signal and SIGKILL (default: the cell's)",
        HelpName = "DURATION",
    };
    private readonly Option<string?> _annotation = new("--annotation")
    {
        Description = "Free text stored with the work",
        HelpName = "TEXT",
    };

    private Option[] OfWork =>
        [
            _image,
            _imageUser,
            _pull,
            _memory,
            _disk,
            _env,
            _domain,
            _tags,
            _volumes,
            _metricTags,
            _maxPids,
            _user,
            _directory,
            _stopSignal,
            _grace,
            _annotation,
        ];

    /// <param name="name">Placeholder of the name argument in the help.</param>
    public WorkFlags(string name) =>
        _words = new Argument<string[]>($"{name} [-- COMMAND ARGUMENTS...]")
        {
            Description = "Name; the command to run follows -- (default: the image's)",
            Arity = ArgumentArity.ZeroOrMore,
        };

    public static Option<string?> ImageUser() =>
        new("--image-username")
        {
            Description = $"User at the image's registry; the password is in the environment variable {PasswordVariable}",
            HelpName = "NAME",
        };

    /// <summary>Null if the environment has none.</summary>
    public static string? ImagePassword() => Environment.GetEnvironmentVariable(PasswordVariable);

    public void AddTo(Command command)
    {
        command.Arguments.Add(_words);
        command.Options.Add(_file);
        foreach (var option in OfWork)
            command.Options.Add(option);
    }

    public SpecFile? File(ParseResult parsed) => parsed.GetValue(_file) is { } path ? SpecFile.Load(path) : null;

    /// <summary>A file in Diego's format is complete: the command line may override only the name.</summary>
    /// <param name="others">Further flags that describe the work.</param>
    /// <exception cref="DomainException">The command line sets more than the name.</exception>
    public string? OnlyName(ParseResult parsed, params IEnumerable<Option> others)
    {
        var (name, command) = Words(parsed);
        var more =
            OfWork.Concat(others).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name
            ?? (command.Count > 0 ? "command" : null);
        return more is null
            ? name
            : throw DomainError
                .Invalid(more, "cannot be combined with a file in Diego's JSON; only the name can be overridden")
                .ToException();
    }

    /// <exception cref="DomainException">A flag's value breaks a rule.</exception>
    public void Apply(ParseResult parsed, WorkSpec spec)
    {
        var (name, command) = Words(parsed);
        spec.Name = name ?? spec.Name;
        if (command.Count > 0)
            spec.Command = command;
        spec.Domain = parsed.GetValue(_domain) ?? spec.Domain;
        spec.Image = parsed.GetValue(_image) ?? spec.Image;
        if (parsed.GetValue(_imageUser) is { } user)
            (spec.ImageUsername, spec.ImagePassword) = (user, ImagePassword() ?? spec.ImagePassword);
        spec.PullPolicy = parsed.GetValue(_pull) ?? spec.PullPolicy;
        spec.MemoryMb = Parsed(parsed, _memory, Numbers.TryMegabytes, Numbers.MegabytesRule) ?? spec.MemoryMb;
        spec.DiskMb = Parsed(parsed, _disk, Numbers.TryMegabytes, Numbers.MegabytesRule) ?? spec.DiskMb;
        spec.MaxPids = Parsed(parsed, _maxPids, text => Numbers.TryInt(text, 0), "a whole number of at least 0") ?? spec.MaxPids;
        spec.User = parsed.GetValue(_user) ?? spec.User;
        spec.Directory = parsed.GetValue(_directory) ?? spec.Directory;
        spec.StopSignal = parsed.GetValue(_stopSignal) ?? spec.StopSignal;
        spec.GracePeriod =
            Parsed(
                parsed,
                _grace,
                text => Durations.TryParse(text, out var value) ? value : null as TimeSpan?,
                "a duration above 0 such as 30s"
            ) ?? spec.GracePeriod;
        spec.Annotation = parsed.GetValue(_annotation) ?? spec.Annotation;
        spec.PlacementTags.AddRange(parsed.GetValue(_tags) ?? []);
        foreach (var text in parsed.GetValue(_volumes) ?? [])
            spec.Volumes.Add(
                VolumeSpec.TryParse(text)
                    ?? throw DomainError.Invalid(_volumes.Name, $"must be {VolumeSpec.Rule}, not \"{text}\"").ToException()
            );
        AddPairs(parsed, _env, spec.Environment);
        AddPairs(parsed, _metricTags, spec.MetricTags);
    }

    public static T? Parsed<T>(ParseResult parsed, Option<string?> option, Func<string, T?> parse, string rule)
        where T : struct =>
        parsed.GetValue(option) is not { } text
            ? null
            : parse(text) ?? throw DomainError.Invalid(option.Name, $"must be {rule}, not \"{text}\"").ToException();

    public static void AddPairs(ParseResult parsed, Option<string[]> option, Dictionary<string, string> into)
    {
        foreach (var text in parsed.GetValue(option) ?? [])
        {
            var at = text.IndexOf('=');
            if (at < 1)
                throw DomainError.Invalid(option.Name, $"must be NAME=VALUE, not \"{text}\"").ToException();
            into[text[..at]] = text[(at + 1)..];
        }
    }

    // The words after -- are the command; the parser puts them among the other arguments.
    private (string? Name, IReadOnlyList<string> Command) Words(ParseResult parsed)
    {
        var words = parsed.GetValue(_words) ?? [];
        var (names, command) = CommandWords.Split(parsed, words);
        return names switch
        {
            [] => (null, command),
            [var name] => (name, command),
            [_, var second, ..] => throw DomainError
                .Invalid("command", $"\"{second}\" is unexpected after the name; put the command after --")
                .ToException(),
        };
    }
}
