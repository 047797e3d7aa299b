using System.CommandLine;
using System.Text.Json.Nodes;
using Scheduler.Client.Output;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler settings</c>: lists every setting of the components, including those that <c>--help</c> hides.</summary>
internal static class SettingsCommand
{
    public static Command Create(IReadOnlyList<Command> components)
    {
        var command = new Command("settings").Explain(
            """
            List every setting of a component, with its default

            A setting is a flag, an environment variable or a key of the --config file: --lock-ttl, SCHEDULER_LOCK_TTL, lock-ttl.

              ./scheduler settings bbs
            """
        );
        var component = new Argument<string>("COMPONENT") { Description = "The component" };
        component.AcceptOnlyFromAmong([.. components.Select(known => known.Name)]);
        var json = new Option<bool>("--json") { Description = "Print one JSON object per setting" };
        command.Arguments.Add(component);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration;
            var printer = new Printer(output.Output, output.Error, parsed.GetValue(json), TimeProvider.System);
            Print(printer, Setting.Of(components.Single(known => known.Name == parsed.GetValue(component))));
        });
        return command;
    }

    private static void Print(Printer printer, IReadOnlyList<Setting> settings)
    {
        if (!printer.IsJson)
            printer.Table(
                ["SETTING", "DEFAULT", "ABOUT"],
                [.. settings.Select(setting => (string[])[setting.Flag, setting.Default, setting.About])]
            );
        else
        {
            foreach (var setting in settings)
                printer.Json(
                    new JsonObject
                    {
                        ["flag"] = setting.Flag,
                        ["variable"] = setting.Variable,
                        ["default"] = setting.Default,
                        ["about"] = setting.About,
                    }
                );
        }
    }
}
