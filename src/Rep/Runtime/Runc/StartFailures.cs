using System.Runtime.InteropServices;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Explains runc's error about a process that it could not start; runc's own message follows, because platforms look for it. No I/O.
/// </summary>
internal static class StartFailures
{
    /// <param name="message">The message of runc.</param>
    /// <param name="environment">The process's environment, as NAME=value.</param>
    public static string InWords(string message, ProcessSpec spec, string directory, ContainerUser user, IReadOnlyList<string> environment)
    {
        var words = Cause(message, spec, directory, user, environment);
        return words is null ? message : $"{words} ({message})";
    }

    /// <summary>
    /// runc detects some failures only after it has replaced itself with the process, and can then only write them to the process's
    /// standard error. Null: the output is something else.
    /// </summary>
    /// <param name="line">The only line of the process's output.</param>
    public static string? InOutput(string line)
    {
        if (
            !line.StartsWith("exec ", StringComparison.Ordinal) || line.LastIndexOf(": ", StringComparison.Ordinal) is not (> 5 and var end)
        )
            return null;
        var words = Cause(line, line[5..end]);
        return words is null ? null : $"{words} ({line})";
    }

    private static string? Cause(string message, string path)
    {
        bool Says(string part) => message.EndsWith(part, StringComparison.Ordinal);
        if (Says("argument list too long"))
            return "the arguments and the environment are too long: Linux takes 128 KiB for each argument and variable, and about 2 MiB in all";
        if (Says("exec format error"))
            return $"\"{path}\" is no program for this machine's processor ({RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}), and no script that begins with #!";
        // Any other file that is missing is one of the runtime's own.
        return Says($"exec {path}: no such file or directory")
            ? $"\"{path}\" is there, but the interpreter or loader that it names is not"
            : null;
    }

    private static string? Cause(string message, ProcessSpec spec, string directory, ContainerUser user, IReadOnlyList<string> environment)
    {
        var program = $"\"{spec.Path}\"";
        if (Says("chdir to cwd"))
            return Says("permission denied") ? $"user {Name(user)} may not enter the working directory {directory}" : null;
        if (Says("executable file not found in $PATH"))
            return $"the container has no program {program} in its {environment.FirstOrDefault(variable => variable.StartsWith("PATH=", StringComparison.Ordinal)) ?? "PATH"}";
        if (Says("permission denied"))
            return $"user {Name(user)} may not run {program}";
        if (Says("is a directory"))
            return $"{program} is a directory";
        return Says("stat ") && Says("no such file") ? $"the container has no program {program}" : Cause(message, spec.Path);

        bool Says(string part) => message.Contains(part, StringComparison.Ordinal);
    }

    private static string Name(ContainerUser user) => user.Name.Length > 0 ? user.Name : $"{user.Uid}";
}
