using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Scheduler.Client;

/// <summary>
/// Additional text, such as examples, at the end of a command's help. The library supports only one description, which it also prints in
/// the parent command's list.
/// </summary>
internal static class HelpDetails
{
    private static readonly ConditionalWeakTable<Command, string> Texts = [];

    /// <param name="command">The command to document.</param>
    /// <param name="text">The first line becomes the description, the rest is printed at the end of the help.</param>
    public static Command Explain(this Command command, string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n', 2);
        command.Description = lines[0];
        Texts.AddOrUpdate(command, lines.Length > 1 ? lines[1].Trim('\n') : "");
        return command;
    }

    /// <summary>Adds the details to the help of all commands.</summary>
    public static void Install(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction usual)
                option.Action = new DetailedHelp(usual);
        }
    }

    private sealed class DetailedHelp(HelpAction usual) : SynchronousCommandLineAction
    {
        /// <summary>Help is available without the command's required arguments.</summary>
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var (command, output) = (parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
            // What the commands above take is not what this one takes.
            foreach (var argument in Above(command).SelectMany(above => above.Arguments))
                argument.Hidden = true;
            using var text = new StringWriter();
            parseResult.InvocationConfiguration.Output = text;
            var code = usual.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output = output;
            // The benchmarks are a separate program that users call through the same script.
            output.Write(text.ToString().Replace($"{RootCommand.ExecutableName} ", "scheduler ", StringComparison.Ordinal));
            if (Texts.TryGetValue(command, out var details) && details.Length > 0)
                output.WriteLine(details + "\n");
            if (command.Options.Any(option => option.Hidden))
            {
                // A command below a component's has that component's settings.
                var component = command.Parents.OfType<Command>().FirstOrDefault(parent => parent is not RootCommand) ?? command;
                output.WriteLine($"Further settings: ./scheduler settings {component.Name}\n");
            }
            return code;
        }

        private static IEnumerable<Command> Above(Command command) =>
            command.Parents.OfType<Command>().SelectMany(parent => Above(parent).Prepend(parent));
    }
}
