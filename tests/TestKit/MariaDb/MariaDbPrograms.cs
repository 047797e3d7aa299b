using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Scheduler.Tests.TestKit.MariaDb;

/// <summary>Runs MariaDB's own programs and sends them signals.</summary>
internal static partial class MariaDbPrograms
{
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const int SigStop = 19;

    /// <summary>As root, mariadbd refuses to run unless the account is given explicitly.</summary>
    public static string[] UserOption() => Environment.IsPrivilegedProcess ? ["--user=root"] : [];

    /// <summary>Starts a program with its output redirected to a file.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string logPath)
    {
        var path = Find(program);
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        // The log goes to a file, not a pipe, so that the server never waits for a reader; exec keeps the process id.
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(logPath);
        start.ArgumentList.Add(path);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start.");
    }

    public static async Task RunAsync(string program, IEnumerable<string> arguments, string logPath, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments, logPath);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} exited with code {process.ExitCode}:\n{ReadShared(logPath)}");
    }

    public static void Signal(Process process, int signal)
    {
        if (Kill(process.Id, signal) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Whether every thread of the process is stopped.</summary>
    public static bool IsStopped(Process process) =>
        Directory
            .GetDirectories($"/proc/{process.Id}/task")
            .All(static task =>
            {
                // "pid (name) state …", where the name may contain any character.
                var stat = File.ReadAllText(Path.Combine(task, "stat"));
                return stat[stat.LastIndexOf(')') + 2] == 'T';
            });

    public static string ReadShared(string path)
    {
        if (!File.Exists(path))
            return "";
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private static string Find(string program)
    {
        // mariadbd is in sbin, which is not on an ordinary user's PATH.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (var folder in folders.Concat(["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]))
        {
            var path = Path.Combine(folder, program);
            if (File.Exists(path))
                return path;
        }

        throw new InvalidOperationException(
            $"The test needs the program {program}; install a MariaDB server (Debian: apt-get install mariadb-server)."
        );
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
