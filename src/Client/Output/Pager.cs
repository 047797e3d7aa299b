using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Scheduler.Client.Output;

/// <summary>
/// Output to a terminal that goes to the user's pager as soon as it is longer than the screen. The pager is $SCHEDULER_PAGER, else $PAGER,
/// else less; an empty variable, or <c>cat</c>, means none.
/// </summary>
internal sealed class Pager : TextWriter
{
    private readonly TextWriter _terminal;
    private readonly string _program;
    private readonly int _height;
    private readonly StringBuilder _held = new();
    private int _lines;
    private Process? _process;
    private bool _isClosed;

    private Pager(TextWriter terminal, string program, int height) => (_terminal, _program, _height) = (terminal, program, height);

    public override Encoding Encoding => _terminal.Encoding;

    /// <returns>Null if the output is no terminal, or the user wants no pager.</returns>
    public static Pager? For(TextWriter output)
    {
        if (!ReferenceEquals(output, Console.Out) || Console.IsOutputRedirected || Console.IsInputRedirected)
            return null;
        if (Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb" || Console.WindowHeight <= 1)
            return null;
        var program = Environment.GetEnvironmentVariable("SCHEDULER_PAGER") ?? Environment.GetEnvironmentVariable("PAGER") ?? Default();
        return program.Trim() is "" or "cat" ? null : new Pager(output, program, Console.WindowHeight - 1);
    }

    // A small machine may not have it, and then the shell's complaint would be all there is to read.
    private static string Default() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, "less")))
            ? "less"
            : "";

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value) || _isClosed)
            return;
        if (_process is not null)
        {
            Pass(value);
            return;
        }
        _held.Append(value);
        _lines += value.Count(letter => letter == '\n');
        if (_lines > _height)
            Start();
    }

    /// <summary>Prints what fits on the screen, or waits until the user has left the pager.</summary>
    protected override void Dispose(bool disposing)
    {
        if (_process is null)
        {
            _terminal.Write(_held.ToString());
            _held.Clear();
            return;
        }
        // Ctrl-C is for the pager, which does not end with it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The user has left it already.
        }
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    private void Start()
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", _program]) { RedirectStandardInput = true };
        // As git does: colours pass, and the text stays on the screen.
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("LESS")))
            start.Environment["LESS"] = "FRX";
        try
        {
            _process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            // There is no shell: print everything at the end.
            return;
        }
        if (_process is not null)
            Pass(_held.ToString());
        _held.Clear();
    }

    private void Pass(string text)
    {
        try
        {
            _process!.StandardInput.Write(text);
        }
        catch (IOException)
        {
            // The user has seen enough.
            _isClosed = true;
        }
    }
}
