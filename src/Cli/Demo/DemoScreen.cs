using System.Globalization;

namespace Scheduler.Cli.Demo;

/// <summary>Output of the demo: numbered scenes with the duration of each step.</summary>
internal sealed class DemoScreen(TextWriter output, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private long _last = time.GetTimestamp();
    private int _scene;

    public void Scene(string title)
    {
        _last = time.GetTimestamp();
        output.WriteLine();
        output.WriteLine($"{++_scene}. {title}");
    }

    /// <summary>Reports a result that was verified.</summary>
    public void Done(string text)
    {
        var took = time.GetElapsedTime(_last);
        _last = time.GetTimestamp();
        output.WriteLine($"   ✓ {text}  [{Seconds(took)}]");
    }

    /// <summary>Reports progress.</summary>
    public void Note(string text) => output.WriteLine($"     {text}");

    public void End(string text)
    {
        output.WriteLine();
        output.WriteLine($"{text}  [{Seconds(time.GetElapsedTime(_began))} in total]");
    }

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.0 s", CultureInfo.InvariantCulture);
}
