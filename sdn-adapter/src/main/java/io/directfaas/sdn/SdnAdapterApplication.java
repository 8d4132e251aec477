package io.directfaas.sdn;

import io.directfaas.sdn.sight.SightConfiguration;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Import;

/**
 * The sdn-adapter as a process.
 *
 * <p>Names the few auto-configurations it needs instead of enabling all, so that what other
 * services bring to a shared class path does not start here, too.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({
  PropertyPlaceholderAutoConfiguration.class,
  JacksonAutoConfiguration.class,
  HttpMessageConvertersAutoConfiguration.class,
  TomcatServletWebServerAutoConfiguration.class,
  DispatcherServletAutoConfiguration.class,
  WebMvcAutoConfiguration.class,
  ErrorMvcAutoConfiguration.class
})
@EnableConfigurationProperties(SdnProperties.class)
@Import({FabricConfiguration.class, SightConfiguration.class})
public class SdnAdapterApplication {

  /**
   * For starting it beside other services; properties may be added, as {@code directfaas.sdn.*}.
   */
  public static SpringApplicationBuilder builder() {
    return new SpringApplicationBuilder(SdnAdapterApplication.class)
        .web(WebApplicationType.SERVLET)
        .registerShutdownHook(true)
        .properties("spring.config.name=sdn-adapter");
  }

  public static void main(String[] args) {
    builder().run(args);
  }
}
