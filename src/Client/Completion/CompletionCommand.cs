using System.CommandLine;

namespace Scheduler.Client.Completion;

/// <summary><c>scheduler completion</c></summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var command = new Command("completion").Explain(
            """
            Print a script that completes commands, flags and names in bash, zsh or fish

            Names of processes, tasks, cells and domains come from the cluster that the command line would talk to, if it answers within
            700 ms (SCHEDULER_COMPLETION_TIMEOUT).

            Examples:
              source <(scheduler completion bash)                                                      (in ~/.bashrc)
              scheduler completion bash > ~/.local/share/bash-completion/completions/scheduler
              scheduler completion zsh > ~/.zfunc/_scheduler            (a directory of $fpath, before compinit)
              scheduler completion fish > ~/.config/fish/completions/scheduler.fish
            """
        );
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish", HelpName = "bash|zsh|fish" };
        shell.AcceptOnlyFromAmong([.. ShellScripts.All.Keys]);
        command.Arguments.Add(shell);
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(ShellScripts.All[parsed.GetValue(shell)!].ReplaceLineEndings("\n"));
            return ExitCodes.Ok;
        });
        return command;
    }
}
