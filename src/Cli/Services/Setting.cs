using System.CommandLine;

namespace Scheduler.Cli.Services;

/// <summary>One setting of a component.</summary>
/// <param name="Variable">The environment variable.</param>
/// <param name="Default">As text; empty if there is no default.</param>
/// <param name="Common">Whether <c>--help</c> shows it.</param>
internal sealed record Setting(string Flag, string Variable, string Default, string About, bool Common)
{
    /// <summary>Common settings first, in the order of <c>--help</c>; then the others, in the order of the code.</summary>
    public static IReadOnlyList<Setting> Of(Command component) =>
        [
            .. component
                .Options.Where(option => option.Description?.Contains(" [SCHEDULER_", StringComparison.Ordinal) == true)
                .Select(Of)
                .OrderBy(setting => !setting.Common),
        ];

    private static Setting Of(Option option)
    {
        var at = option.Description!.LastIndexOf(" [", StringComparison.Ordinal);
        return new Setting(
            option.Name,
            option.Description[(at + 2)..^1],
            Text(option.GetDefaultValue()),
            option.Description[..at],
            !option.Hidden
        );
    }

    private static string Text(object? value) =>
        value switch
        {
            null => "",
            bool isOn => isOn ? "true" : "false",
            string[] list => string.Join(',', list),
            IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
}
