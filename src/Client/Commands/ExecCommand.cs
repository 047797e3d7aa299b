using System.CommandLine;
using Scheduler.Client.Access;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler exec</c></summary>
internal static class ExecCommand
{
    private const string Help = """
        Run a command in a running instance or task

        Examples:
          scheduler exec web/0 -- ps                      (output and exit code come back)
          scheduler exec web/0 -it -- sh                  (a shell at this terminal)
          scheduler exec web/0 -i -- sh -c 'cat > /tmp/x' < x
          scheduler exec web/0 --user root -- id

        The command runs as the user and with the environment of the instance's own command, within its limits. Its exit code becomes
        the exit code of this program. The command and everything that it started are killed when it exits and when this program ends.
        Ctrl-C sends SIGINT to the command, Ctrl-\ kills it; with --tty, all keys go to the command.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new SignalledCommand("exec").Explain(Help);
        var words = new Argument<string[]>("NAME[/INDEX] -- COMMAND ARGUMENTS...")
        {
            Description = "The instance, such as web/0, or a task's GUID; the command to run follows --",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var input = new Option<bool>("--stdin", "-i") { Description = "Pass standard input to the command" };
        var terminal = new Option<bool>("--tty", "-t") { Description = "Run the command at a terminal, with the size of this one" };
        var user = new Option<string?>("--user")
        {
            Description = "User that runs the command, by the container's /etc/passwd (default: the user of the instance's own command)",
            HelpName = "NAME",
        };
        var directory = new Option<string?>("--dir")
        {
            Description = "Working directory (default: that of the instance's own command)",
            HelpName = "PATH",
        };
        var environment = new Option<string[]>("--env", "-e")
        {
            Description = "Environment variable in addition; may be repeated",
            HelpName = "NAME=VALUE",
        };
        command.Arguments.Add(words);
        foreach (var option in (Option[])[input, terminal, user, directory, environment])
            command.Options.Add(option);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (names, program) = CommandWords.Split(parsed, parsed.GetValue(words) ?? []);
                var name = names switch
                {
                    [var only] => InstanceName.Parse(only),
                    [] => throw DomainError.Invalid("NAME/INDEX", "must name an instance such as web/0, or a task").ToException(),
                    [_, var second, ..] => throw DomainError
                        .Invalid("command", $"\"{second}\" is unexpected after the name; put the command after --")
                        .ToException(),
                };
                if (program.Length == 0)
                    throw DomainError.Invalid("command", $"must follow the name and --, such as: exec {name} -- sh").ToException();
                var start = new ExecStart
                {
                    Path = program[0],
                    Args = { program[1..] },
                    User = parsed.GetValue(user) ?? "",
                    Dir = parsed.GetValue(directory) ?? "",
                    Input = parsed.GetValue(input),
                };
                var variables = new Dictionary<string, string>();
                if (parsed.GetValue(terminal))
                {
                    if (start.Input && !LocalTerminal.Is(0))
                        throw DomainError
                            .Invalid("--tty", "needs a terminal as standard input; leave it out to pass a file or a pipe")
                            .ToException();
                    start.Terminal = LocalTerminal.Size() ?? new Terminal();
                    if (Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } kind)
                        variables["TERM"] = kind;
                }

                WorkFlags.AddPairs(parsed, environment, variables);
                start.Env.AddRange(variables.Select(variable => new EnvironmentVariable { Name = variable.Key, Value = variable.Value }));
                using var session = client.Open(parsed);
                var target = await InstanceTarget.FindAsync(session, name, cancellationToken);
                start.ContainerGuid = target.ContainerGuid;
                var access = await session.AccessAsync(target.CellId, cancellationToken);
                using var conversation = new ExecConversation(
                    access,
                    ByteOutput.Of(parsed.InvocationConfiguration.Output, error: false),
                    ByteOutput.Of(parsed.InvocationConfiguration.Error, error: true)
                );
                return await conversation.RunAsync(start, cancellationToken);
            }
        );
        return client.On(command);
    }
}
