using System.CommandLine;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Cli.Services;

/// <summary>The flag <c>--runtime</c>, with <c>--simulated</c> as a short form.</summary>
internal sealed class RuntimeSetting
{
    private readonly Option<string> _kind;
    private readonly Option<bool> _simulated;

    public RuntimeSetting(SettingSource settings)
    {
        _kind = settings.Choice(
            "--runtime",
            "Container runtime; auto: runc if its programs are there, else another that the machine has; simulated: containers exist only in memory",
            RuntimeKind.Auto
        );
        _simulated = settings.Switch(
            "--simulated",
            "Short for --runtime simulated: containers in memory, which need neither root nor runc"
        );
    }

    public Option[] Options => [_kind, _simulated];

    /// <exception cref="DomainException">The two flags contradict each other.</exception>
    public RuntimeKind Read(ParseResult parsed)
    {
        var kind = Enum.Parse<RuntimeKind>(parsed.GetValue(_kind)!, ignoreCase: true);
        if (!parsed.GetValue(_simulated))
            return kind;
        return kind is RuntimeKind.Auto or RuntimeKind.Simulated
            ? RuntimeKind.Simulated
            : throw DomainError
                .Invalid("simulated", $"cannot be combined with --runtime {kind.ToString().ToLowerInvariant()}")
                .ToException();
    }
}
