namespace Scheduler.Client.Output;

/// <summary>How results are printed.</summary>
internal enum OutputFormat
{
    Table,

    /// <summary>A table with more columns.</summary>
    Wide,

    /// <summary>One JSON object per line.</summary>
    Json,

    /// <summary>One YAML document per object.</summary>
    Yaml,
}
